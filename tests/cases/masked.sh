#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# masked.sh OPTION...: in a new domain, the event channel of a disabled irq is masked.
#
# Tested: if the kernel relies on new ports being masked, they are (D38). In the stock kernel, new
# ports of PVH and HVM guests with 2-level event channels are not masked. The IPI of spinlocks,
# which is only polled, then hits a BUG() when it is sent.
# Decides: according to Xen, as many IPI ports are masked after the restore as before the save:
# one for each vCPU.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# masked_ipis: print how many IPI ports of the domain are masked, from Xen's list of ports, where
# s=6 is an IPI.
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
