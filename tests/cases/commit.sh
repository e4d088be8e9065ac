#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# commit.sh OPTION...: a transaction of a program in xenstore, begun before a
# checkpoint, or a save, read in and committed after.
#
# Tested: xenstored is the same after a checkpoint, so both succeed; after a restore it
# is another one, and the program is told to try again, whatever it asks for; a new
# transaction that happens to get the same number works. What was wrong before (D10):
# after a checkpoint it was told so as well, and the transaction stayed open in
# xenstored, which allows few of them.
# Decides: by what /dev/xen/xenbus answers, eleven times.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

begin() {
	in_guest g "rm -f /tmp/across; /tmp/store across /tmp/across; until [ -s /tmp/across ]; do sleep 0.1; done" >/dev/null
}
commit() {
	in_guest g "killall -USR1 store; for i in \$(seq 60); do [ -s /tmp/across ] && ! grep -q started /tmp/across && break; sleep 0.5; done; cat /tmp/across"
}

guest_config g "$@" work=mem,storm,clock,timers
guest_start g
guest_program g store
blame=D10
for ((i = 1; i <= 11; i++)); do
	begin
	guest_checkpoint g image
	said=$(commit)
	[ "$said" = "read, committed" ] || die_fail "commit after checkpoint $i: $said"
done
blame=
say "$((i - 1)) checkpoints"
begin
guest_save_restore g image
said=$(commit)
[ "$said" = "EAGAIN, committed, EAGAIN" ] || die_fail "commit after a restore: $said"
guest_well g
guest_end g
