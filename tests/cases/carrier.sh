#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# carrier.sh OPTION...: how often does the guest's network interface lose its carrier, and does the
# guest keep an address that it has by DHCP?
#
# Tested: the interface keeps its carrier at a checkpoint and at a suspend that the guest refuses.
# At a restore or a migration, the interface may lose the carrier once, and keeps its addresses.
# The DHCP client continues, and can renew its lease.
# Decides: the kernel counts no carrier change at a checkpoint or a refused suspend, and at most
# two (down and up) at a restore or a migration. The IPv4 and IPv6 addresses stay the same, and
# none becomes tentative. The DHCP client renews its lease, and never gets a new one.
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
	renew
	before=$now
}

# serve_dhcp: start a DHCP server for the guest's interface, which has a new name in dom0 after each
# restore.
serve_dhcp() {
	local net
	net=$(peer_of g)
	net=${net%.*}
	[ -z "${server:-}" ] || kill "$server"
	printf '%s\n' "interface vif$(xl domid g).0" "start $net.100" "end $net.100" "option subnet 255.255.255.0" \
		"option lease 3600" "lease_file $PWD/leases" "pidfile $PWD/udhcpd.pid" >udhcpd.conf
	touch leases
	busybox udhcpd -f udhcpd.conf >>"$OUT/udhcpd.log" 2>&1 & server=$!
}

# lease: make the guest's DHCP client get an address. Its events go to /tmp/dhcp.
lease() {
	in_guest g "printf '%s\n' '#!/bin/sh' 'echo \$1 >>/tmp/dhcp' '[ \$1 != bound ] || ip addr add \$ip/24 dev eth0' >/tmp/hook; \
		chmod +x /tmp/hook; udhcpc -i eth0 -n -s /tmp/hook -p /tmp/udhcpc.pid </dev/null >/tmp/udhcpc.log 2>&1" >/dev/null
}

events() { in_guest g "grep -c $1 /tmp/dhcp || true"; }

# renew: fail unless the DHCP client renews the lease that it got at first.
renew() {
	local had
	had=$(events renew)
	serve_dhcp
	in_guest g "kill -USR1 \$(cat /tmp/udhcpc.pid)" >/dev/null
	within 20 differs "$had" events renew || die_fail "the DHCP client does not renew its lease"
	is 1 events bound || die_fail "the DHCP client got $(events bound) leases"
}

guest_start_loaded g "$@"
in_guest g "ip addr add fd00:7::1/64 dev eth0; sleep 3" >/dev/null
serve_dhcp
lease
before=$(changes) had=$(addresses)
[[ $had == *fd00:7::1* && $had != *tentative* ]] || die_error "the interface has no IPv6 address: $had"
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	changed "a checkpoint" 0
	if guest_true g "test -e /sys/kernel/debug/xen_suspend/inject"; then
		in_guest g "echo 'error=-5 request' >/sys/kernel/debug/xen_suspend/inject" >/dev/null
		guest_refuses g 10000 'phase="request" *'
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
