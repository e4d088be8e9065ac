#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# held.sh OPTION...: checkpointed and saved with address spaces that outlive
# their processes, and that are freed afterwards.
#
# Tested: a page table that is pinned for the save alone is unpinned after it
# (PV). One that was not would be freed while Xen keeps it read-only.
# Decides: as save.sh does, once those page tables are other programs' memory.
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
