#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# writes.sh OPTION...: the guest's kernel writes to xenstore in transactions, all the time, while
# the guest is checkpointed, saved and restored.
#
# Tested: the kernel does not wait for each write. If a write of a transaction is refused, the
# transaction fails with that error and changes nothing.
# Decides: the kernel sleeps less than 10 times for 20 writes. The refused transaction has the
# right error and changes nothing. No other transaction fails, or leaves another value.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# writer NAME: print this parameter of the module.
writer() { in_guest g "cat /sys/module/writer/parameters/$1"; }

written_since() { (($(writer written) > $1)); }

# goes_on: check that the module continues to write, and that no transaction has failed.
goes_on() {
	within 30 written_since "$(writer written)" || die_fail "the kernel does not write any more"
	is 0 writer failed || die_fail "a transaction failed: $(writer failed)"
}

guest_start_loaded g "$@"
guest_module g writer.ko
waits=$(writer waits)
((waits < 10)) || die_fail "20 writes in a transaction made the kernel sleep $waits times"
say "slept $waits times for 20 writes"
is -13 writer refused || die_fail "a transaction with a write that was refused ended with $(writer refused), not -13"
is N writer committed || die_fail "a transaction with a write that was refused changed something"
goes_on
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	goes_on
	guest_save_restore g image
	goes_on
	guest_well g
	say "$i/$CYCLES well"
done
in_guest g "rmmod writer" >/dev/null
guest_end g
