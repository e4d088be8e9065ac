#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# swap.sh OPTION...: a guest with less memory than its programs use swaps to a disk, all the
# time, while it is saved, restored and checkpointed; then that disk comes late.
#
# Tested: tasks that wait for the disk, or for memory, keep nobody from connecting it.
# Decides: the programs go on, and each page has what was written to it.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# well WHEN: and it swaps.
well() {
	local before
	before=$(guest_swapped g)
	guest_well g
	within 30 differs "$before" guest_swapped g || die_error "$1, the guest does not swap"
}

preparing=yes
# mem looks at each page in turn, so that all of them are swapped once one has to be, by 32.
guest_start_loaded g memory=96 swap=128 work=mem,disk,tcp,clock args=sysctl.vm.page-cluster=5 "$@"
guest_squeeze g
well "at first"
preparing=
for ((i = 1; i <= CYCLES; i++)); do
	guest_save_restore g image
	well "after a restore"
	guest_checkpoint g image
	well "after a checkpoint"
	guest_save g image
	guest_restore_without g image vbd/51728
	sleep 3
	# shellcheck disable=SC2154 # guest_restore_without sets domain
	xenstore-write "$domain/device/vbd/51728/backend-id" 0
	guest_up g
	well "after the disk came late"
	say "$i/$CYCLES well, $(guest_swapped g) pages swapped"
done
guest_end g
