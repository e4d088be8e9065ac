#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# commit.sh OPTION...: a program in the guest starts a transaction in xenstore before a checkpoint
# or a save. After the checkpoint or restore, the program reads in the transaction and commits.
#
# Tested: xenstored knows the transaction after a checkpoint, so read and commit succeed. xenstored
# has lost it after a restore, so read and commit get EAGAIN. A new transaction with the same
# number works. Defect D10: the stock kernel returns EAGAIN after a checkpoint, too, and leaves the
# transaction open in xenstored, which allows a domain ten transactions.
# Decides: /dev/xen/xenbus gives these answers after each of eleven checkpoints and after a restore.
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
