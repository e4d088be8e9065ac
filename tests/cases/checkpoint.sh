#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpoint.sh OPTION...: checkpoint a guest, CYCLES times, under every program.
#
# Tested: the guest suspends, and resumes in the same domain. The guest must keep its event
# channels, grants and everything else from Xen, and must not reconnect devices.
# Decides: the checks of save.sh pass, and the guest keeps its domain ID.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_well g
id=$(xl domid g)
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	say "$i/$CYCLES checkpoint"
	guest_well g
	say "$i/$CYCLES well"
done
[ "$(xl domid g)" = "$id" ] || die_fail "g is no longer domain $id"
guest_end g
