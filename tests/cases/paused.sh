#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# paused.sh OPTION...: restore a guest paused, leave it paused for a while, and unpause it.
#
# Tested: a new domain may begin to run some time after its restore. Its clocks must be right
# then.
# Decides: while paused, it uses no CPU time, although its programs are busy. Unpaused, all is as
# after a save (save.sh), and sched_clock has counted no more than the time for which the guest
# was not saved or paused, by dom0's clock.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

cpu_time() { xl list g | awk 'NR == 2 { print $NF }'; }

dom0_time() { echo $((${EPOCHREALTIME/./} / 1000)); }

# kernel_time: print sched_clock in ms, from the time of a line in the kernel's log.
kernel_time() {
	in_guest g "echo what time is it >/dev/kmsg; dmesg | grep 'what time' | tail -n 1" |
		sed -E 's/^\[ *([0-9]+)\.([0-9]{3}).*/\1\2/'
}

guest_start_loaded g "$@"
start=$(dom0_time)
kernel_start=$(kernel_time)
guest_save g image
gone=$(dom0_time)
guest_restore_paused image
before=$(cpu_time)
# The check below allows the clock all time from the start to the end of the save. Pause for
# longer than that, so that a clock which counts the pause is found.
seconds=$((8 + 2 * (gone - start) / 1000))
sleep $seconds
xl list g | awk 'NR == 2 && $5 ~ /p/ { found = 1 } END { exit !found }' ||
	die_fail "restored with -p, it is not paused"
[ "$(cpu_time)" = "$before" ] || die_fail "paused, it used CPU time"
say "paused for $seconds s"
back=$(dom0_time)
guest_unpause g
guest_up g
went=$(($(kernel_time) - kernel_start))
there=$(($(dom0_time) - start - (back - gone)))
say "the kernel's clock went on by $went ms, the guest was there for $there"
[ "$went" -le "$there" ] || die_fail "the kernel's clock went on by $went ms, the guest was there for $there"
guest_well g
guest_end g
