#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context.sh OPTION...: what Xen knows of a guest is the same after the guest was away.
#
# Tested: a checkpoint, a save and its restore, a live migration; of two hosts, one to the
# other, where time is another, and one back. Event channels, their vCPUs and priorities;
# where each vCPU has its areas; timers; grants; the TSC; the shared info page. What was
# wrong before: much of this shows in nothing that a guest does, or late. Stock gives the
# timer's events another priority (D16), and the xenstore interrupt another vCPU (D15), and
# binds pirqs that no driver of an HVM guest has requested (D57).
# Decides: xen-domctx, which knows of each field whether it may differ; and of the first look,
# that there is all of it.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
if [ -n "$NEST_HOST" ]; then
	# shellcheck source=tests/nest/pair.sh
	. /nest/pair.sh
fi

# xenstore_irq: on the last vCPU. That moves it with the next interrupt.
xenstore_irq() {
	local irq last node
	irq=$(in_guest g "sed -n 's/^ *\([0-9]*\):.* xenbus$/\1/p' /proc/interrupts")
	last=$(($(in_guest g nproc) - 1))
	in_guest g "echo $last >/proc/irq/$irq/smp_affinity_list" >/dev/null
	node=/local/domain/$(xl domid g)/memory/target
	xenstore-write "$node" "$(xenstore-read "$node")"
}

# look WHEN: as often as it takes to say of an IPI that it waits for ever. A guest is never
# quite at rest: what it is at is in one look, what is wrong is in each.
there=
look() {
	local i
	for i in {1..8}; do
		sleep 0.2
		$there xen-domctx dump -r -o "$OUT/$1.$i" g >>"$OUT/domctx.log" 2>&1 ||
			die_fail "$1: $(tail -n 1 "$OUT/domctx.log")"
	done
}

# calm WHEN: the first look in which no device's event was being handled: from such a
# one on, that its channel is masked is no excuse.
calm() {
	local i
	for i in {1..8}; do
		! xen-domctx show "$OUT/$1.$i" | grep 'interdomain.*masked' >/dev/null || continue
		echo "$OUT/$1.$i"
		return
	done
	die_error "g never stops handling events"
}

# complete LOOK: Xen gives all records that there are, and no other. What is missing at each
# look is different in none.
complete() {
	local want given vcpu vcpus
	vcpus=$(sed -n 's/^vcpus=//p' g.cfg)
	want=$(printf '%s:\n' SHARED_INFO TSC_INFO EVTCHN GNTTAB DOMAIN_STATE FIFO_ARRAY
		for ((vcpu = 0; vcpu < vcpus; vcpu++)); do
			printf '%s of vCPU '"$vcpu"':\n' VCPU_AREAS VCPU_TIMERS VCPU_STATE VCPU_TRAPS
		done)
	given=$(xen-domctx show "$1" | grep -v '^ ')
	[ "$(sort <<<"$given")" = "$(sort <<<"$want")" ] ||
		die_fail "of $vcpus vCPUs, Xen gives ${given//$'\n'/ }"
}

# same HOW WHEN: as it was at first, but for what a new domain, or going on, changes.
same() {
	local status=0 first
	# One that does not answer is worse, and its context may say why.
	within "$PATIENCE" answers || say "g does not answer"
	look "$2"
	xen-domctx diff "$1" "$was" "$OUT/$2".? >"$OUT/$2.diff" 2>&1 || status=$?
	first=$(head -n 1 "$OUT/$2.diff")
	case $first in
	*': priority: '*) blame=D16 ;;
	*': vCPU: '*) blame=D15 ;;
	'EVTCHN: pirq '*) blame=D57 ;;
	esac
	case $status in
	0) say "$2: the same" ;;
	1) cat "$OUT/$2.diff"; die_fail "after $2: $first" ;;
	*) blame=; die_error "xen-domctx diff: $first" ;;
	esac
	blame=
	guest_up g
	guest_well g
}

answers() { ask -t 2 "$(ip_of g)" status >/dev/null 2>&1; }

guest_config g "$@" disk=16 work=clock,timers
guest_start g
xenstore_irq
guest_well g
look before
was=$(calm before)
complete "$was"
if [ -n "$NEST_HOST" ]; then
	guest_moves g b
	there='on b'
	same -R migration
	guest_moves g a
	there=
	same -R back
else
	guest_checkpoint g image
	same -c checkpoint
	guest_save g image
	guest_restore image
	same -R restore
	guest_migrate g
	same -R migration
fi
