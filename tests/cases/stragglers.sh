#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stragglers.sh OPTION...: a kernel thread that does not freeze has a page table entry in its
# registers most of the time, in a kernel that may preempt it anywhere.
#
# Tested: when the guest is saved, the thread is not preempted while it has an entry. The defect
# D19 of the stock kernel: it was preempted, and the entry had a frame of the old domain.
# Decides: the thread compares each entry with a new one, and finds no difference.
#
# The thread has an entry for 40 ms of 41. The kernel waits for at most 100 ms until it has none.
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
