#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# net-down.sh OPTION...: a network interface that is down receives frames, and the guest is saved and
# restored. Then the interface is set up.
#
# Tested: an interface that is down is connected, so the backend fills its ring, and nobody takes
# the frames out. After a restore, the ring is a new one, with fewer frames.
# Decides: after each restore, the interface can be set up, and packets arrive.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

mac=00:16:3e:00:00:62 of_guest=10.0.98.2

# join: let dom0 send to the guest's second interface without a request for its address.
join() { arp -i "vif$(xl domid g).1" -s $of_guest $mac || die_error "dom0 has no vif$(xl domid g).1"; }
# frames NUMBER: send frames to the interface.
frames() { ping -c "$1" -i 0.01 -W 1 $of_guest >/dev/null || true; }
works() {
	guest_true g "ip link set eth1 up" || die_fail "$1: eth1 cannot be set up: $(in_guest g dmesg | grep -a "net eth1: " | tail -n 2 | paste -sd " " || true)"
	within 20 ping -c 1 -W 1 $of_guest >/dev/null || die_fail "$1: no packets arrive at eth1"
	say "$1: eth1 works"
}

guest_start_loaded g "$@"
xl_try 20 network-attach g mac=$mac type=vif || die_error "xl network-attach: $(xl_complaint)"
within 20 guest_true g "test -e /sys/class/net/eth1" || die_error "the guest does not have eth1"
in_guest g "ip addr add $of_guest/24 dev eth1" >/dev/null
join
works "at first"
for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "ip link set eth1 down" >/dev/null
	# While the guest is paused, it gets a single event for all frames.
	xl_must 20 pause g
	frames 10
	guest_unpause g
	guest_save_restore g image
	join
	frames 1
	works "after a restore"
	guest_well g
done
guest_end g
