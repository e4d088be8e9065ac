#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xdp.sh OPTION...: the guest drops pings by an XDP program of its network interface. Then this
# program is removed while the interface's backend is away, and another interface redirects to it
# what it receives. The new backend has no headroom for XDP.
#
# Tested: after a checkpoint and a restore, the interface works, and runs the XDP program that it
# reports. It sends no more redirected packets than its ring has room for. The defect D52 of the
# stock kernel: the program was gone after a restore; and without a backend, its removal and each
# redirected packet accessed a NULL pointer. A program was accepted although the backend had no
# headroom, and did not run.
# Decides: pings are answered only without the XDP program, and the guest does not crash.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

answers_pings() { ping -c 5 -w 5 "$(ip_of g)" >/dev/null 2>&1; }
filters() {
	! answers_pings || die_fail "$1, pings come through the filter"
	guest_well g
}

# jam: redirect more packets to the interface than its ring has room for, while its backend takes
# none.
jam() {
	local id
	id=$(xl domid g)
	arp -i "vif$id.1" -s 10.0.99.2 00:16:3e:00:00:63
	ip link set "vif$id.0" down
	ping -c 600 -i 0.002 -W 1 10.0.99.2 >/dev/null || true
	ip link set "vif$id.0" up
	guest_up g
	guest_well g
}

guest_start_loaded g "$@"
answers_pings || die_error "no ping is answered"
guest_program g filter
in_guest g "/tmp/filter eth0" >/dev/null
! answers_pings || die_error "the filter lets pings through"
blame=D52
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	filters "after a checkpoint"
	guest_save_restore g image
	filters "after a restore"
	say "$i/$CYCLES well"
done

xl_try 20 network-attach g mac=00:16:3e:00:00:63 type=vif || die_error "xl network-attach: $(xl_complaint)"
within 20 guest_true g "test -e /sys/class/net/eth1" || die_error "the guest does not have eth1"
in_guest g "ip link set eth1 up && cp /tmp/filter /tmp/redirect && /tmp/redirect eth1 eth0" >/dev/null
jam
(until [ -e enough ]; do ping -c 1 -W 1 10.0.99.2 || true; done) >/dev/null 2>&1 &
in_guest g "(until grep -qx 0 /sys/class/net/eth0/carrier; do sleep 0.1; done; killall -9 filter; touch /tmp/killed) </dev/null >/dev/null 2>&1 &" >/dev/null
guest_save g image
guest_restore_paused image
# With the backend in state 1, the guest thinks that the backend is not ready yet.
back=$(xenstore-read "/local/domain/$(xl domid g)/device/vif/0/backend")
xenstore-write "$back/state" 1
xenstore-write "$back/feature-xdp-headroom" 0
guest_unpause g
sleep 5
touch enough
xenstore-write "$back/state" 2
guest_up g
guest_true g "test -e /tmp/killed" || die_error "the filter was not killed"
guest_well g
answers_pings || die_fail "the filter is still there"
! guest_true g "/tmp/filter eth0" || die_fail "the guest has a filter that the backend has no room for"
blame=
guest_save_restore g image
guest_well g
guest_end g
