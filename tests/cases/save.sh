#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# save.sh OPTION...: save and restore a guest, CYCLES times, under all programs.
#
# Tested: all phases on the way down, a new domain, and all phases on the way up. The programs use
# memory, page tables that are made and freed, the disk, a TCP connection, clocks and timers.
# Decides: xl succeeds, verify-stream-v2 accepts every image, every program continues without an
# error, the guest's time of day is right, and its console has no complaint of the kernel. At the
# end, its disk has what was written.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	guest_save g image
	say "$i/$CYCLES saved"
	guest_restore image
	guest_up g
	say "$i/$CYCLES restored"
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
