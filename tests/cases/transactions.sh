#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# transactions.sh OPTION...: a program goes away and leaves transactions in xenstore open. Another
# program always has one open.
#
# Tested: the guest can be checkpointed and saved nevertheless. A request in a transaction that
# waits while the domain is restored is not sent to the new xenstored. Otherwise the new xenstored
# would keep the transaction open for ever, or would not know it. The defect D9 of the stock
# kernel: the count of requests in progress went below zero, and the suspend waited for ever until
# it was zero, with user space frozen. An agent that is killed at the wrong time could cause this.
# Decides: checkpoints, saves and restores succeed, the programs continue, and after each restore
# as many transactions can be open as before.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g store
in_guest g "/tmp/store leave 1" >/dev/null
# Open one transaction more than xenstored allows. xenstored must reject it.
! ask -t 20 "$(ip_of g)" exec "/tmp/store leave 100" >/dev/null 2>&1 || die_error "xenstored has no quota"
sleep 1
blame=D9
guest_checkpoint g image
guest_well g
guest_save_restore g image
blame=
guest_well g
# Keep a transaction of the old domain open. The new xenstored does not know this transaction.
in_guest g "/tmp/store across /tmp/across" >/dev/null
guest_save_restore g image
in_guest g "killall -9 store" >/dev/null
sleep 1
guest_well g
most=$(in_guest g "/tmp/store count")
in_guest g "/tmp/store over /tmp/over" >/dev/null
for n in 1 2 3 4 5; do
	guest_save_restore g image
	in_guest g "pidof store" >/dev/null
	guest_well g
	said=$(in_guest g "head -n 1 /tmp/over")
	[ -z "$said" ] || die_fail "after restore $n, $said"
	said=$(in_guest g "killall store; sleep 0.5; /tmp/store count; /tmp/store over /tmp/over")
	[ "$said" = "$most" ] || die_fail "after restore $n, not $most transactions can be open, but $said"
done
guest_end g
