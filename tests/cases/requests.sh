#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# requests.sh OPTION...: requests that come while the guest suspends.
#
# Tested: a request to suspend that comes during a suspend is served afterwards. A request is
# served, too, if it is acknowledged at once (early_ack). If the guest is asked to power off
# during a suspend, it powers off, and no restore brings it back. A wait_ms that makes no sense is
# rejected. The defect D45 of the stock kernel: the guest was suspended although it had been asked
# to power off.
# Decides: the domain is suspended, or ends with the reason poweroff, as described, and the
# programs continue.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# suspended WHAT: wait until the domain is suspended, and resume it.
suspended() {
	within 30 in_state g s || die_fail "$1: not suspended"
	suspend-guest -r "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || die_error "$(tail -n 1 "$OUT/suspend.log")"
}

guest_start_loaded g "$@"
guest_module g refuse.ko
# Send the second request when the guest has acknowledged the first one, and can no longer
# withdraw.
guest_set g refuse at=noirq error=0 delay=3000 times=1
guest_ask g suspend
guest_acknowledges g
guest_ask g suspend
suspended "asked first"
suspended "asked while it suspended"
guest_up g
guest_well g
say "asked while it suspended"

# The stock kernel has no wait_ms.
wait_ms=/sys/module/xen_suspend/parameters/wait_ms
for ms in 0 999 86400001 4294967295; do
	! guest_true g "[ -e $wait_ms ] && echo $ms >$wait_ms" || die_fail "wait_ms is $ms"
done

# With early_ack, requests are acknowledged when they come, as by older kernels.
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
