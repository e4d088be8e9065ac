#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# requests.sh OPTION...: requests that come while the guest suspends.
#
# Tested: one to suspend is served after that; one that is acknowledged at once is served
# all the same; and a guest that is told to power off does not come back from an image
# later. And a time to wait that makes no sense is refused. What was wrong before (D45): it was suspended nevertheless.
# Decides: by the domain's state and its reason, and the programs that go on.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# suspended: wait until the domain is, and have it go on.
suspended() {
	within 30 in_state g s || die_fail "$1: not suspended"
	suspend-guest -r "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || die_error "$(tail -n 1 "$OUT/suspend.log")"
}

guest_start_loaded g "$@"
guest_module g refuse.ko
# After it has taken the first one up for good.
guest_set g refuse at=noirq error=0 delay=3000 times=1
guest_ask g suspend
guest_acknowledges g
guest_ask g suspend
suspended "asked first"
suspended "asked while it suspended"
guest_up g
guest_well g
say "asked while it suspended"

# Stock has no such time.
wait_ms=/sys/module/xen_suspend/parameters/wait_ms
for ms in 0 999 86400001 4294967295; do
	! guest_true g "[ -e $wait_ms ] && echo $ms >$wait_ms" || die_fail "wait_ms is $ms"
done

# Where requests are acknowledged as they come, as of old.
early=/sys/module/xen_suspend/parameters/early_ack
in_guest g "[ ! -e $early ] || echo Y >$early" >/dev/null
guest_set g refuse at=freeze error=0 delay=3000 times=1
guest_ask g suspend
guest_acknowledges g
suspended "acknowledged early"
guest_up g
guest_well g
say "acknowledged early"

guest_set g refuse at=freeze error=0 delay=4000 times=1
blame=D45
guest_ask g suspend
guest_acknowledges g
guest_ask g poweroff
guest_off g
