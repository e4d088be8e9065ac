#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# save.sh OPTION...: save and restore a guest, CYCLES times, under every program.
#
# Tested: the whole way down, a new domain, and the whole way up. Memory, page
# tables that come and go, the disk, a TCP connection, clocks, timers.
# Decides: xl succeeds, verify-stream-v2 takes every image, every program goes
# on and found nothing wrong, the guest knows the time, its console has no
# complaint, and its disk holds what was written, at the end.
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
