#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# masked.sh OPTION...: a disabled irq's event channel is masked in a new domain.
#
# Tested: what takes new ports for masked finds them masked (D38). In the stock
# kernel, those of HVM and PVH guests with 2-level event channels are not, and the
# IPI that is only ever polled, of spinlocks, runs into a BUG() when it is sent.
# Decides: by Xen's account, as many IPI ports are masked after a restore as were
# before the save: one per vCPU.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# masked_ipis: their number, in what Xen lists of the domain (state 6 is IPI).
masked_ipis() {
	local domid
	domid=$(xl domid g)
	xl dmesg -c >/dev/null
	xl debug-keys e
	sleep 1
	xl dmesg | tee -a "$OUT/ports.log" | awk -v domid="$domid" '
		/Event channel information for domain/ { on = $NF == domid ":" }
		on && /\[[01]\/1\/.*s=6 / { n++ }
		END { print n + 0 }'
}

guest_config g "$@" work=mem,clock,timers
guest_start g
guest_well g
before=$(masked_ipis)
[ "$before" -gt 0 ] || die_error "no masked IPI even before the save"
guest_save g image
blame=D38
guest_restore image
guest_up g
after=$(masked_ipis)
[ "$after" = "$before" ] || die_fail "after the restore, $after IPIs are masked, not $before"
guest_well g
guest_end g
