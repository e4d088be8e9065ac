#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# unwatch.sh OPTION...: a program sets a xenstore watch and takes it back, over and
# over, while the guest is checkpointed, saved and restored.
#
# Tested: the two do not wait for each other. What was wrong before (D51): the program
# waited for the thread that suspends the guest, and could not be frozen. All others were
# for 20 s, and then the guest was not suspended.
# Decides: they succeed, and the programs go on.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g store
in_guest g "/tmp/store rewatch" >/dev/null
guest_well g
blame=D51
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	guest_well g
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES well"
done
blame=
guest_true g "pidof store" || die_error "the program is gone"
guest_end g
