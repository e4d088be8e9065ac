#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# balloon.sh OPTION...: saved, checkpointed and migrated with its balloon inflated,
# and after it was let out again.
#
# Tested: frames that the guest gave back have no place in the image, and the
# p2m changed shape since boot (D20).
# Decides: the checks of save.sh; and by Xen's count, the guest has as much memory as before, within a
# megabyte: libxl gives an HVM guest so much less with a restore.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" memory=160 work=mem,storm,clock,timers
guest_start g
for mb in 128 160; do
	guest_balloon g $mb
	guest_carried g
done
guest_end g
