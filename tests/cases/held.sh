#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# held.sh OPTION...: checkpoint and save a guest that has address spaces without processes, and free
# these address spaces afterwards.
#
# Tested: the kernel unpins a page table that it pinned only for the save (PV). Otherwise the kernel
# would free the page table while Xen keeps its page read-only.
# Decides: the checks of save.sh pass when other programs use the memory of those page tables.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

hold() { in_guest g "/tmp/held 100"; }
free_them() {
	in_guest g "killall held" >/dev/null
	sleep 1
	guest_well g
}

guest_config g "$@" work=mem,storm,clock,timers
guest_start g
guest_program g held
guest_well g
hold
guest_checkpoint g image
guest_well g
free_them
say "checkpoint"
hold
guest_save_restore g image
guest_well g
free_them
guest_end g
