#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# balloon.sh OPTION...: saved, checkpointed and migrated with its balloon inflated,
# and after it was let out again.
#
# Tested: frames that the guest gave back have no place in the image, and the
# p2m changed shape since boot (D20).
# Decides: as save.sh does, and by the memory in use by Xen's account, within a
# megabyte: libxl gives an HVM guest that much less with a restore.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# carried: through a save, a checkpoint and a migration, with as much memory.
carried() {
	local before
	guest_balloon_rests g
	before=$(megabytes g)
	guest_save_restore g image
	guest_well g
	guest_checkpoint g image
	guest_well g
	guest_migrate g
	guest_up g
	guest_well g
	say "saved, checkpointed, migrated"
	has_memory g "$before" || die_fail "memory: $(megabytes g) MB, not $before"
}

guest_config g "$@" memory=160 work=mem,storm,clock,timers
guest_start g
guest_balloon g 128
carried
guest_balloon g 160
carried
guest_end g
