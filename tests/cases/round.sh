#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# round.sh OPTION...: a guest is checkpointed, saved and restored, and migrated to this same
# host, CYCLES times, under every program.
#
# Tested: what checkpoint.sh, save.sh and migrate.sh test, with one guest. It takes longer to
# boot than each of them, if it is PVH or HVM.
# Decides: as they do.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	guest_well g
	say "$i/$CYCLES checkpointed"
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES restored"
	guest_migrate g
	guest_up g
	guest_well g
	say "$i/$CYCLES migrated"
done
guest_end g
