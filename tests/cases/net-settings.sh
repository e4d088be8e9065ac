#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# net-settings.sh OPTION...: settings of a network interface are kept through checkpoints, restores and
# migrations; then the guest is restored to a backend without scatter-gather.
#
# Tested: MTU, offloads, queueing discipline, length of the queue, flags, multicast addresses, masks
# of RPS and XPS.
# Decides: all settings are unchanged, and a packet as large as the MTU arrives. If the new
# backend has no scatter-gather, sg is off and the MTU is at most 1500. With the next backend, sg
# is on again.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

settings() {
	in_guest g "cd /sys/class/net/eth0; for f in mtu tx_queue_len flags queues/*/rps_cpus queues/*/xps_cpus; do \
		echo \$f \$(cat \$f 2>/dev/null); done; /tmp/offloads eth0; /tmp/netlink qdisc eth0; grep eth0 /proc/net/dev_mcast"
}
same() {
	local now
	now=$(settings)
	[ "$now" = "$before" ] || die_fail "$1: $(diff <(echo "$before") <(echo "$now") | grep '^[<>]' | head -n 2 | paste -sd ' ')"
	large || die_fail "$1: large packets do not arrive"
}
# large: succeed if dom0 answers a ping that is as large as the MTU.
large() { guest_true g "ping -c 1 -W 5 -s $(($(in_guest g "cat /sys/class/net/eth0/mtu") - 28)) $(peer_of g)"; }
of_guest() { xenstore-ls -f /local/domain/0/backend/vif | sed -n "s,^\(/local/domain/0/backend/vif/$1/0\)/.*,\1,p" | head -n 1; }

guest_start_loaded g "$@"
guest_program g offloads
guest_program g netlink
in_guest g "ip link set eth0 mtu 4000 txqueuelen 77 promisc on; \
	/tmp/offloads eth0 tso=0 gro=0; /tmp/netlink qdisc eth0 1234; \
	for f in /sys/class/net/eth0/queues/rx-*/rps_cpus /sys/class/net/eth0/queues/tx-*/xps_cpus; do echo 2 >\$f; done" >/dev/null
ip link set "vif$(xl domid g).0" mtu 4000
before=$(settings)
[[ $before == *$'\n'"fq_codel 1234"* ]] || die_error "the interface does not have the queueing discipline fq_codel"
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	same "after a checkpoint"
	guest_save g image
	guest_restore image
	guest_up g
	ip link set "vif$(xl domid g).0" mtu 4000
	same "after a restore"
	guest_migrate g
	guest_up g
	ip link set "vif$(xl domid g).0" mtu 4000
	same "after a migration"
	guest_well g
	say "$i/$CYCLES well"
done

guest_save g image
guest_restore_paused image
backend=$(of_guest "$(xl domid g)")
[ -n "$backend" ] || die_error "no backend of the interface in xenstore"
xenstore-write "$backend/feature-sg" 0
guest_unpause g
guest_up g
without=$(settings)
[[ $without == *$'\n'"sg 0"* ]] || die_fail "the backend has no scatter-gather, and the interface has it"
[ "$(sed -n 's/^mtu //p' <<<"$without")" -le 1500 ] || die_fail "the MTU is still $(sed -n 's/^mtu //p' <<<"$without")"
large || die_fail "without scatter-gather, packets do not arrive"
guest_save_restore g image
[[ $(settings) == *$'\n'"sg 1"* ]] || die_fail "the backend has scatter-gather again, and the interface does not"
guest_well g
guest_end g
