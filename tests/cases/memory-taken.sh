#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# memory-taken.sh OPTION...: a guest with little free memory is restored. The new backend of its
# disk is in xenstore, but has no driver yet. Before dom0 binds the driver, a program takes all
# available memory, except 3 MB. In the last cycle, the backend offers one queue instead of two.
#
# Tested: xenwatch connects the disk without allocating much memory.
# Decides: all programs continue, also the one that uses the disk, and no program is killed.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

state() { xenstore-read "$backend/state"; }

preparing=yes
guest_start_loaded g work=mem,disk,tcp,clock "$@"
# Wait until each program has completed a round. Before that, it may still allocate memory.
guest_well g
guest_fill g left 12000
in_guest g "cp /tmp/fills /tmp/takes" >/dev/null
# A kernel that checks its locks (lockdep) needs more memory for the same work, so leave it 8 MB.
left=3000
! guest_true g "test -e /proc/lockdep" || left=8000
preparing=
for ((i = 1; i <= CYCLES + 1; i++)); do
	guest_save g image
	guest_restore_paused image
	domain=$(xl domid g)
	backend=$(xenstore-read "/local/domain/$domain/device/vbd/51712/backend")
	within 20 is 2 state || die_error "$i: the backend is in state $(state), not 2"
	echo "vbd-$domain-51712" >/sys/bus/xen-backend/drivers/vbd/unbind
	xenstore-write "$backend/state" 2
	[ "$i" -le "$CYCLES" ] || xenstore-write "$backend/multi-queue-max-queues" 1
	guest_unpause g
	guest_up g
	[ "$(state)" = 2 ] || die_error "$i: the disk was connected before the memory was taken"
	in_guest g "rm -f /tmp/takes.state; exec /tmp/takes left $left /tmp/takes.state" >/dev/null
	within 60 guest_true g "test -s /tmp/takes.state" || die_error "$i: the memory is not taken: $(guest_memory g)"
	say "before the disk is connected: $(guest_memory g)"
	echo "vbd-$domain-51712" >/sys/bus/xen-backend/drivers/vbd/bind
	guest_well g
	guest_filled g
	guest_true g "killall takes" || die_fail "$i: the program that took the memory was killed"
	say "$i/$((CYCLES + 1)) well, $(in_guest g "ls /sys/block/xvda/mq" | wc -w) queues"
done
guest_end g
