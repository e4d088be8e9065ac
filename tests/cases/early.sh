#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# early.sh OPTION...: the guest is asked to suspend before it has booted.
#
# Tested: it does when it is up. What was wrong before (D46): it tried at once, could
# not freeze what boots it, gave up, and had acknowledged the request already.
# Decides: by the domain's state, and the programs that go on.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" disk=64 work=mem,storm,disk,tcp,clock,timers
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
xl_try 120 create -p g.cfg || die_error "xl create: $(xl_complaint)"
suspend-guest "$(xl domid g)" >"$OUT/suspend.log" 2>&1 &
guest_unpause g
blame=D46
wait $! || die_fail "asked before it booted: $(tail -n 1 "$OUT/suspend.log")"
blame=
guest_boots g
clock_right g
guest_well g
guest_save_restore g image
guest_well g
guest_end g
