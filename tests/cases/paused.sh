#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# paused.sh OPTION...: restore a guest paused, leave it so for a while, unpause.
#
# Tested: a restored domain that runs later than it came into being; its clocks
# must not mind.
# Decides: paused, it uses no CPU time though its programs are busy; unpaused,
# all is as after a save (save.sh), and the kernel's clock has counted no more
# than the time, by dom0's clock, that the guest was there.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

cpu_time() { xl list g | awk 'NR == 2 { print $NF }'; }

dom0_time() { echo $((${EPOCHREALTIME/./} / 1000)); }

# kernel_time: what sched_clock shows, in ms, by a line of the kernel's log.
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
# For longer than all of that took, which is counted as the guest's.
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
