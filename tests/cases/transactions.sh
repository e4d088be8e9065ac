#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# transactions.sh OPTION...: a program goes away and leaves transactions in xenstore, and
# another has one as often as it can.
#
# Tested: the guest can be checkpointed and saved nevertheless; and that what waits to be
# asked while the domain is restored is not asked of the wrong xenstored, which would have
# it open for good, or not know it. What was wrong
# before (D9): the count of what is under way went below zero, and the suspend
# waited for it to become zero, with user space frozen, for ever. It needs no more
# than an agent that is killed at the wrong time.
# Decides: checkpoint, save and restore succeed, and the programs go on.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g store
in_guest g "/tmp/store leave 1" >/dev/null
# One too many, which is refused.
! ask -t 20 "$(ip_of g)" exec "/tmp/store leave 100" >/dev/null 2>&1 || die_error "xenstored has no quota"
sleep 1
blame=D9
guest_checkpoint g image
guest_well g
guest_save_restore g image
blame=
guest_well g
# One of the old domain, which the new xenstored does not know.
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
