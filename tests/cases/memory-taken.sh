#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# memory-taken.sh OPTION...: a guest with little free memory is restored. Before its disk has a
# backend again, a program takes all memory that is available, except 3 MB. The last backend
# offers one queue instead of two.
#
# Tested: xenwatch connects the disk without memory that it would have to find now.
# Decides: the guest is well, its disk included.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

preparing=yes
guest_start_loaded g work=mem,disk,tcp,clock "$@"
guest_fill g left 8000
in_guest g "cp /tmp/fills /tmp/takes" >/dev/null
preparing=
for ((i = 1; i <= CYCLES + 1; i++)); do
	guest_save g image
	guest_restore_without g image vbd/51712
	in_guest g "rm -f /tmp/takes.state; exec /tmp/takes left 3000 /tmp/takes.state" >/dev/null
	within 60 guest_true g "test -s /tmp/takes.state" || die_error "$i: the memory is not taken: $(guest_memory g)"
	say "before the disk is connected: $(guest_memory g)"
	# shellcheck disable=SC2154 # guest_restore_without sets domain
	[ "$i" -le "$CYCLES" ] ||
		xenstore-write "$(xenstore-read "$domain/device/vbd/51712/backend")/multi-queue-max-queues" 1
	xenstore-write "$domain/device/vbd/51712/backend-id" 0
	guest_up g
	guest_well g
	guest_filled g
	in_guest g "killall takes" >/dev/null
	say "$i/$((CYCLES + 1)) well, $(in_guest g "ls /sys/block/xvda/mq" | wc -w) queues"
done
guest_end g
