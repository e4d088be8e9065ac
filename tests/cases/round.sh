#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# round.sh OPTION...: a guest is checkpointed by xl and by xen-checkpoint, saved and restored, and
# migrated to this same host, CYCLES times, under every program.
#
# Tested: the same as in checkpoint.sh, save.sh and migrate.sh, but with one guest, because here a
# PVH or HVM guest takes longer to boot than one of these tests takes. Also xen-checkpoint: its
# image is complete, and the guest continues.
# Decides: as these scripts do. xen-checkpoint.sh tests xl restore of an image of xen-checkpoint,
# and failures of xen-checkpoint.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	id=$(xl domid g)
	guest_checkpoint g image
	guest_well g
	[ "$(xl domid g)" = "$id" ] || die_fail "g is no longer domain $id"
	say "$i/$CYCLES checkpointed"
	timeout 120 "$JOB/xen-checkpoint" g image >message 2>&1 || die_fail "xen-checkpoint: $(tail -n 1 message)"
	image_sound image
	guest_well g
	say "$i/$CYCLES $(tail -n 1 message)"
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES restored"
	guest_migrate g
	guest_up g
	guest_well g
	say "$i/$CYCLES migrated"
done
guest_end g
