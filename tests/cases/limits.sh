#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# limits.sh OPTION...: somebody changes a limit of a disk, over and over, while the
# guest is saved and restored.
#
# Tested: the disk comes back. What was wrong before (D43): whoever changes a limit
# has the lock of limits, and waits for requests under way; those are parked until
# the disk is connected, for which xenwatch wanted that lock.
# Decides: the disk program goes on after each restore, and the guest answers its
# toolstack.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" disk=64 work=mem,disk,clock,timers
guest_start g
in_guest g "(while :; do for n in 8 16; do echo \$n >/sys/block/xvda/queue/max_sectors_kb; done; done) </dev/null >/dev/null 2>&1 &" >/dev/null
# So that some write is on its way whenever the guest is saved.
in_guest g "(while :; do dd if=/dev/zero of=/dev/xvda bs=64k seek=512 count=16 oflag=direct 2>/dev/null; done) </dev/null >/dev/null 2>&1 &" >/dev/null
guest_well g
blame=D43
for ((i = 1; i <= CYCLES; i++)); do
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
