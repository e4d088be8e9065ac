#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# swap.sh OPTION...: a guest whose programs need more memory than it has swaps to a disk all the
# time, while it is saved, restored and checkpointed. Then the backend of this disk comes late.
#
# Tested: tasks that wait for the disk, or for memory, do not keep xenwatch from connecting the
# disk.
# Decides: the programs continue, and each page has what was written to it.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# well WHEN: check that the guest is well, and that it still swaps.
well() {
	local before
	before=$(guest_swapped g)
	guest_well g
	guest_filled g
	within 30 differs "$before" guest_swapped g || die_error "$1, the guest does not swap"
}

preparing=yes
guest_start_loaded g swap=128 work=mem,disk,tcp,clock "$@"
guest_fill g swapped 65536
well "at first"
preparing=
for ((i = 1; i <= CYCLES; i++)); do
	was=$(guest_suspends g)
	guest_save_restore g image
	why=$(guest_slow g "$was")
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
	say "$i/$CYCLES well, $(guest_swapped g) requests to the swap disk${why:+, tasks were frozen: $why}"
done
guest_end g
