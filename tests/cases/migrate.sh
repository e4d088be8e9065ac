#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# migrate.sh OPTION...: migrate a guest live, to the host that it is on, CYCLES
# times, under every program.
#
# Tested: a save and a restore in which the guest runs on while its memory goes
# over, so that toolstack and guest meet at the suspend only.
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
