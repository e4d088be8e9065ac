#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watches.sh OPTION...: a kernel thread tries to set a xenstore watch, again and again, while the
# guest is checkpointed, saved and restored.
#
# Tested: this thread and the suspend do not wait for each other. The defect D11 of the stock
# kernel: the thread held the lock of watches while it waited for the end of the suspend. The
# suspend waited for that lock, with user space frozen.
# Decides: checkpoints, saves and restores succeed, and the programs continue.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_module g asker.ko
guest_well g
blame=D11
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	guest_well g
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES well"
done
blame=
in_guest g "rmmod asker" >/dev/null
guest_well g
guest_end g
