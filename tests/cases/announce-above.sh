#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# announce-above.sh OPTION...: after a restore, does the guest announce the addresses of virtual
# devices above its network interface? Dom0 records the announcements (announced.c).
#
# Tested: a VLAN, macvlan, ipvlan and MACsec device above the interface; a bridge and a team that
# have the interface as a port; a VLAN above the bridge; and a bond that has the interface as a
# slave. Defect D61: the stock kernel announces no addresses of bridges, bonds, teams and MACsec
# devices, and on Linux 6.12 of ipvlan devices.
# Decides: for each device, dom0 receives three gratuitous ARPs and three unsolicited NAs, or more,
# within 30 s after a restore, and none after a checkpoint. If announcements are missing after a
# restore, the case tries the other devices before it fails.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

log=$OUT/announced.log
ip4=10.9.0.1 ip6=fd00:9::1

# anew: make heard ignore the announcements that are in the log now.
anew() { from=$(wc -l <"$log"); }
# heard KIND ADDRESS: print how many announcements (KIND is ARP or NA) of ADDRESS came since the call of anew.
heard() { tail -n "+$((from + 1))" "$log" | grep -c " $1 $2\$" || true; }
enough() { [ "$(heard ARP $ip4)" -ge 3 ] && [ "$(heard NA $ip6)" -ge 3 ]; }

# make[KIND] has the commands that make the device d0 in the guest. A bridge, a bond and a team take
# over the address of the interface, because dom0 sends its requests to this address. last[KIND] is
# the uppermost device, which gets the addresses ip4 and ip6.
declare -A make last
move() { echo "ip addr del $(ip_of g)/24 dev eth0; ip addr add $(ip_of g)/24 dev $1; ip link set $1 up"; }
kinds() {
	local kind
	for kind in vlan macvlan ipvlan macsec; do
		make[$kind]="/tmp/netlink above $kind eth0 d0" last[$kind]=d0
	done
	make[bridge]="brctl addbr d0; brctl addif d0 eth0; $(move d0)" last[bridge]=d0
	make[vlan-on-bridge]="${make[bridge]}; /tmp/netlink above vlan d0 d1" last[vlan-on-bridge]=d1
	make[bond]="echo +d0 >/sys/class/net/bonding_masters; echo active-backup >/sys/class/net/d0/bonding/mode; \
		echo 100 >/sys/class/net/d0/bonding/miimon; ip link set eth0 down; \
		echo +eth0 >/sys/class/net/d0/bonding/slaves; $(move d0)" last[bond]=d0
	make[team]="ip link set eth0 down; /tmp/netlink above team eth0 d0; $(move d0)" last[team]=d0
}

silent=()
announced >"$log" &
within 10 grep -q listening "$log" || die_error "nobody listens"
for ((i = 1; i <= CYCLES; i++)); do
	for kind in bridge vlan-on-bridge bond team macsec vlan macvlan ipvlan; do
		guest_start_loaded g "$@"
		kinds
		guest_program g netlink
		in_guest g "{ ${make[$kind]}; } >/tmp/make.log 2>&1; ip link set ${last[$kind]} up; \
			ip addr add $ip4/24 dev ${last[$kind]}; echo 0 >/proc/sys/net/ipv6/conf/${last[$kind]}/accept_dad; ip addr add $ip6/64 dev ${last[$kind]}" >/dev/null
		guest_true g "ip addr show ${last[$kind]} | grep 'inet $ip4'" ||
			die_error "$kind: $(in_guest g "cat /tmp/make.log" | tail -n 1)"
		guest_well g
		sleep 2

		anew
		guest_checkpoint g image
		sleep 4
		[ "$(heard ARP $ip4)$(heard NA $ip6)" = 00 ] || die_fail "$kind: announced after a checkpoint"
		guest_well g

		guest_save g image
		anew
		guest_restore image
		within 30 enough || silent+=("$kind $(heard ARP $ip4)/$(heard NA $ip6)")
		guest_up g
		guest_well g
		say "$kind: $(heard ARP $ip4) ARPs, $(heard NA $ip6) NAs"
		guest_end g
		killall tcp-peer
	done
done
blame=D61
[ ${#silent[@]} = 0 ] || die_fail "ARPs/NAs within 30 s after a restore: ${silent[*]}"
blame=
