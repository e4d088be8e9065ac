#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# console.sh OPTION...: save a guest while the console daemon is stopped, and the console's ring has
# no room for the messages that the guest prints in the stopped part of the suspend.
#
# Tested: the guest does not wait for the daemon while its machine is stopped. Defect D32: the stock
# kernel waits in a loop with all vCPUs stopped, and xl gives up.
# Decides: the save succeeds. After the restore, with the daemon running again, the guest is well,
# the guest's output reaches the console's log, and the guest echoes input on the console.
#
# The case sends trace events to the console, so that the guest prints in the stopped part.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

daemon=$(pidof xenconsoled)
trap 'kill -CONT $daemon' EXIT
ring=2048	# bytes
log=$(mktemp)

# typed WORD: type WORD on the guest's console, and succeed if the guest echoes WORD within 5 s.
typed() {
	echo "$1" >"$(xenstore-read "/local/domain/$(xl domid g)/console/tty")"
	within 5 grep -aq "$1" "$(console_of g)"
}

# measure: checkpoint the guest, and set $before and $stopped to the bytes that the guest prints
# before the stopped part of the suspend, and in this part.
measure() {
	local from
	from=$(stat -c %s "$(console_of g)")
	guest_checkpoint g image
	sleep 1
	tail -c +$((from + 1)) "$(console_of g)" >"$log"
	before=$(sed '/syscore_suspend\[0\] begin/,$d' "$log" | wc -c)
	stopped=$(grep -a 'syscore_suspend\[0\]' "$log" | wc -c)
	((before > 50 && stopped > 50)) ||
		die_error "nothing is printed where it should: $before and $stopped bytes"
	say "$before bytes before the machine stops, $stopped after"
}

guest_config g "$@" args=tp_printk work=mem,clock,timers
guest_start g
typed one-before || die_error "what is typed does not arrive even before the save"
in_guest g "dmesg -n 8; echo 1 >/sys/kernel/tracing/events/power/suspend_resume/enable" >/dev/null
measure
kill -STOP "$daemon"
fill=$((ring - before - stopped / 2))
in_guest g "head -c $fill /dev/zero | tr '\\0' x >/dev/hvc0" >/dev/null
blame=D32
guest_save g image
blame=
kill -CONT "$daemon"
guest_restore image
guest_up g
guest_well g
in_guest g "echo console goes on >/dev/hvc0" >/dev/null
sleep 1
grep -aq "console goes on" "$(console_of g)" || die_fail "nothing comes from the console any more"
typed one-after || die_fail "what is typed does not arrive any more"
guest_end g
