#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# early.sh OPTION...: a toolstack asks a guest to suspend before the guest has booted.
#
# Tested: the guest suspends when it has booted. Defect D46: the stock kernel acknowledges the
# request, tries to suspend at once, cannot freeze the tasks that boot the guest, and gives up. So
# the request is lost.
# Decides: the domain suspends after the request. Then the programs continue, and the guest can be
# saved and restored.
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
