#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# priority.sh OPTION...: the timer's event channel keeps its priority.
#
# Tested: an event channel that replaces another one gets its priority. The defect D16 of the
# stock kernel: after a restore, the timer's event channel had Xen's default priority, 7.
# Decides: on each vCPU, timer events have come through the queue of priority 0, before the save
# and after the restore.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# cpus_without: print how many vCPUs have had no event in the queue of priority 0.
cpus_without() {
	in_guest g /tmp/fifo-heads >>"$OUT/heads.log"
	in_guest g /tmp/fifo-heads | awk '$2 == 0' | wc -l
}

guest_config g "$@" work=timers
guest_start g
guest_program g fifo-heads
guest_well g
[ "$(cpus_without)" = 0 ] || die_error "no timer event of priority 0 even before the save"

guest_save_restore g image
guest_well g
without=$(cpus_without)
blame=D16
[ "$without" = 0 ] ||
	die_fail "after the restore, no event of the timer's priority came to $without vCPUs"
guest_end g
