#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# limits.sh OPTION...: a program changes a queue limit of a disk again and again while the guest is
# saved and restored.
#
# Tested: the disk is connected again. Defect D43: a task that changes a limit holds the lock of the
# queue's limits, and waits for requests in progress. These requests wait until xenwatch connects the
# disk, and in the stock kernel xenwatch first waits for the same lock.
# Decides: after each restore, the disk program continues, and the guest can be saved again.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" disk=64 work=mem,disk,clock,timers
guest_start g
in_guest g "(while :; do for n in 8 16; do echo \$n >/sys/block/xvda/queue/max_sectors_kb; done; done) </dev/null >/dev/null 2>&1 &" >/dev/null
# Write to the disk all the time, so that a request is in progress whenever the guest is saved.
in_guest g "(while :; do dd if=/dev/zero of=/dev/xvda bs=64k seek=512 count=16 oflag=direct 2>/dev/null; done) </dev/null >/dev/null 2>&1 &" >/dev/null
guest_well g
blame=D43
for ((i = 1; i <= CYCLES; i++)); do
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
