#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# console.sh OPTION...: saved while the console daemon is halted and the console's
# ring is so full that what the stopped part of a suspend prints has no place.
#
# Tested: a stopped machine does not wait for the daemon (D32). The stock kernel
# spins there with all vCPUs stopped, and xl gives up on it.
# Decides: the save works, and after a restore, with the daemon going on, the
# guest is well, prints to its console again and hears what is typed there.
#
# So that there is something to print, trace events go to the console.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

daemon=$(pidof xenconsoled)
trap 'kill -CONT $daemon' EXIT
ring=2048	# bytes
log=$(mktemp)

# typed WORD: the guest's terminal echoes it.
typed() {
	echo "$1" >"$(xenstore-read "/local/domain/$(xl domid g)/console/tty")"
	within 5 grep -aq "$1" "$(console_of g)"
}

# A checkpoint tells how much is printed before the stopped part, and in it.
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
