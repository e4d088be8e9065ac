#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# unwatch.sh OPTION...: a program sets a xenstore watch and unregisters it, again and again, while
# the guest is checkpointed, saved and restored.
#
# Tested: this program and the suspend do not wait for each other. The defect D51 of the stock
# kernel: the program waited for the thread that suspends the guest, and could not be frozen. All
# other tasks were frozen for 20 s, and then the guest did not suspend.
# Decides: checkpoints, saves and restores succeed, and the programs continue.
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
