#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# balloon.sh OPTION...: save, checkpoint and migrate a guest with its balloon inflated, and again
# after the balloon was deflated.
#
# Tested: the image lacks the frames that the guest gave back to Xen, and the p2m has another
# shape than at boot (D20).
# Decides: the checks of save.sh pass. By Xen's count, the guest has as much memory as before,
# within a megabyte, because libxl gives an HVM guest up to a megabyte less at a restore.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" memory=160 work=mem,storm,clock,timers
guest_start g
for mb in 128 160; do
	guest_balloon g $mb
	guest_carried g
done
guest_end g
