#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stragglers.sh OPTION...: a kernel thread that is not frozen has page table entries
# in its registers most of the time, in a kernel that preempts it anywhere.
#
# Tested: it is not preempted with one when the guest is saved. What was wrong before
# (D19): it was, and the frame in the entry was one of the old domain.
# Decides: the thread compares.
#
# It holds one for 40 ms of 41, and the kernel waits for 100 at most.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_module g holder.ko
of_holder() { in_guest g "cat /sys/module/holder/parameters/$1"; }
blame=D19
for ((i = 1; i <= CYCLES; i++)); do
	held=$(of_holder held)
	guest_save_restore g image
	guest_well g
	[ "$(of_holder held)" -gt "$held" ] || die_error "the thread holds nothing"
	[ "$(of_holder stale)" = 0 ] || die_fail "an entry is of the old domain's frame"
	say "$i/$CYCLES well"
done
blame=
guest_end g
