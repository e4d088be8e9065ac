#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# attached.sh OPTION...: attach a second network interface to a guest, CYCLES times: while a kernel
# thread takes the rtnl lock again and again without a pause, and while xenstored is stopped again
# and again.
#
# Tested: the guest gets the rtnl lock for the new interface, and xenwatch does not hold the rtnl
# while it waits for xenstored.
# Decides: the second interface appears, and is connected. A program in the guest gets the rtnl
# within 20 s while xenstored is stopped.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

xenstored=$(pidof xenstored)
trap 'kill -CONT $xenstored' EXIT
vif=device/vif/1

attach() { xl_try 60 network-attach g mac=00:16:3e:00:00:63 type=vif || die_error "xl network-attach: $(xl_complaint)"; }
detach() {
	xl_try 60 network-detach g 00:16:3e:00:00:63 || die_error "xl network-detach: $(xl_complaint)"
	within 60 is 1 interfaces || die_fail "the second interface does not go"
}
interfaces() { in_guest g "ls -d /sys/class/net/eth*" | wc -l; }
# negotiates: succeed if xenwatch waits for xenstored's reply in netback_changed(), which connects
# the interface.
negotiates() {
	local stack
	stack=$(in_guest g "cat /proc/$xenwatch/stack" | sed 's/.*\] //; s/+.*//' | xargs)
	[[ $stack == *xs_wait_for_reply*netback_changed* ]]
}
# has_rtnl: succeed if a program in the guest gets the rtnl within 20 s. The program runs in the
# background, because a task that waits for the rtnl cannot be killed.
has_rtnl() {
	guest_true g "rm -f /tmp/had; (ip link set lo mtu 65536; touch /tmp/had) </dev/null >/dev/null 2>&1 & for i in \$(seq 100); do [ ! -e /tmp/had ] || exit 0; sleep 0.2; done; exit 1"
}
# step_through: let xenstored run for 10 ms at a time until the interface is connected. Fail if the
# rtnl is held while xenstored is stopped. Set $stops to the number of stops at which xenwatch
# waited for xenstored.
step_through() {
	local step
	stops=0
	for ((step = 1; step <= 40; step++)); do
		if negotiates; then
			stops=$((stops + 1))
			has_rtnl || die_fail "the rtnl is held while xenstored is stopped"
		fi
		! in_guest g "cat /sys/bus/xen/devices/vif-1/state" | grep -q Connected || return 0
		kill -CONT "$xenstored"
		sleep 0.01
		kill -STOP "$xenstored"
	done
}
state() { xenstore-read "/local/domain/$(xl domid g)/$vif/state" 2>/dev/null; }

guest_start_loaded g work=mem,disk,tcp,clock "$@"
xenwatch=$(in_guest g "grep -lxs xenwatch /proc/[0-9]*/comm || true" | grep -o '[0-9]*')
for ((i = 1; i <= CYCLES; i++)); do
	guest_module g rtnl.ko hold=3000
	attach
	within 60 is 2 interfaces || die_fail "the interface does not get the rtnl"
	within 60 is 4 state || die_fail "the interface is not connected"
	in_guest g "rmmod rtnl" >/dev/null
	detach

	# Give xenwatch little CPU time. Otherwise it connects the interface before the case can
	# stop xenstored.
	in_guest g "renice 10 $xenwatch; taskset -p 2 $xenwatch; for i in 1 2; do taskset 2 sh -c 'while [ ! -e /tmp/enough ]; do :; done' </dev/null >/dev/null 2>&1 & done" >/dev/null
	# Stop xenstored when netfront writes xdp-headroom, the first node of a new interface.
	(timeout 60 xenstore-watch -n 2 "/local/domain/$(xl domid g)/$vif/xdp-headroom" >/dev/null
		kill -STOP "$xenstored") &
	stopper=$!
	attach &
	attacher=$!
	wait "$stopper"
	step_through
	kill -CONT "$xenstored"
	in_guest g "touch /tmp/enough; sleep 1; rm /tmp/enough; renice 0 $xenwatch" >/dev/null
	wait "$attacher"
	within 60 is 4 state || die_fail "the interface is not connected"
	[ "$stops" -ge 3 ] || die_error "xenwatch waited at $stops stops of xenstored"
	detach
	guest_well g
	say "$i/$CYCLES well, $stops stops"
done
guest_end g
