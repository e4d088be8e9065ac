#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watches.sh OPTION...: a kernel thread tries to set a xenstore watch, over and over,
# while the guest is checkpointed, saved and restored.
#
# Tested: the two do not lock each other out. What was wrong before (D11): the
# thread held the lock of watches while it waited for the suspend to be over, which
# waited for that lock, with user space frozen.
# Decides: they succeed, and the programs go on.
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
