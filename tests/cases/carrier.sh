#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# carrier.sh OPTION...: how often does the guest's network interface lose its carrier? If the
# carrier is lost, a DHCP client may drop its address.
#
# Tested: the interface keeps its carrier at a checkpoint and at a suspend that the guest refuses.
# At a restore or a migration, the interface may lose the carrier once, and keeps its addresses.
# Decides: the kernel counts no carrier change at a checkpoint or a refused suspend, and at most
# two (down and up) at a restore or a migration. The IPv4 and IPv6 addresses stay the same, and
# none becomes tentative.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

changes() { in_guest g "cat /sys/class/net/eth0/carrier_changes"; }
addresses() { in_guest g "ip addr show dev eth0 | grep inet"; }
# changed WHAT MOST: fail if the carrier changed more than MOST times since the last call, or if an
# address is different.
changed() {
	local now
	now=$(changes)
	say "$1: $((now - before)) changes of the carrier"
	((now - before <= $2)) || die_fail "$1: the carrier changed $((now - before)) times, and not $2 at most"
	[ "$(addresses)" = "$had" ] || die_fail "$1: addresses: $(addresses | paste -sd ' '), before: $(paste -sd ' ' <<<"$had")"
	before=$now
}

guest_start_loaded g "$@"
in_guest g "ip addr add fd00:7::1/64 dev eth0; sleep 3" >/dev/null
before=$(changes) had=$(addresses)
[[ $had == *fd00:7::1* && $had != *tentative* ]] || die_error "the interface has no IPv6 address: $had"
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	changed "a checkpoint" 0
	if guest_true g "test -e /sys/kernel/debug/xen_suspend/inject"; then
		in_guest g "echo 'error=-5 listeners' >/sys/kernel/debug/xen_suspend/inject" >/dev/null
		guest_refuses g 10000 'phase="listeners" *'
		changed "a suspend that is refused" 0
	fi
	guest_save_restore g image
	changed "a restore" 2
	guest_migrate g
	guest_up g
	changed "a migration" 2
	guest_well g
done
guest_end g
