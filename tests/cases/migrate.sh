#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# migrate.sh OPTION...: migrate a guest live to the host on which it already runs, CYCLES times,
# under all programs.
#
# Tested: a save and a restore while the guest runs. xl copies the memory meanwhile, so the
# toolstack and the guest only synchronize at the suspend.
# Decides: as save.sh does.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	guest_migrate g
	guest_up g
	say "$i/$CYCLES migrated"
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
