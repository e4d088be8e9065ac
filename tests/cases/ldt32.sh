#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ldt32.sh OPTION...: checkpoint, save, restore and migrate a guest, CYCLES times. 32-bit programs
# in it have their own LDT and TLS segment, and values in all x87 and SSE registers (ldt32.c).
#
# Tested: in a new domain, each task has its LDT, GDT entries and registers. A system call by int
# 0x80 that the suspend interrupts continues.
# Decides: each program continues, and finds its segments and registers unchanged.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

programs=4
lines() { in_guest g "cat /tmp/ldt.*"; }
# all_well: fail unless all 32-bit programs run and count, and none has found a difference.
all_well() {
	local before
	before=$(lines)
	[[ $before != *:* ]] || die_fail "a 32-bit program has lost its ${before##*: }"
	within 20 differs "$before" lines || die_fail "the 32-bit programs do not go on"
	in_guest g "pidof ldt32 | wc -w" | grep -qx $programs || die_fail "not all 32-bit programs are there: $(lines | tr '\n' ' ')"
}

guest_start_loaded g "$@"
guest_program g ldt32
in_guest g "for i in \$(seq $programs); do /tmp/ldt32 /tmp/ldt.\$i </dev/null >/dev/null 2>&1 & done; sleep 1" >/dev/null
all_well
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	all_well
	guest_save_restore g image
	all_well
	guest_migrate g
	guest_up g
	all_well
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
