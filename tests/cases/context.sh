#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context.sh OPTION...: Xen's state of a guest is the same after a checkpoint, a restore and a
# migration as before.
#
# Tested: a checkpoint, a save and restore, and a live migration. With two hosts, instead: a
# migration to the other host, whose clocks differ, and back. The state consists of event channels
# with their vCPUs and priorities, the areas of each vCPU, timers, grants, the TSC and the shared
# info page. Many mistakes in this state have no visible effect, or a late one. After a restore of
# the stock kernel, the timer's event channel has another priority (D16), the xenstore interrupt has
# another vCPU (D15), and pirqs are bound that no driver of an HVM guest has requested (D57).
# Decides: xen-domctx, which knows for each field whether it may differ, finds no other difference.
# The first dump of the state has all records.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
if [ -n "$NEST_HOST" ]; then
	# shellcheck source=tests/nest/pair.sh
	. /nest/pair.sh
fi

# xenstore_irq: move the guest's xenstore interrupt to the last vCPU. The move takes effect at the
# next interrupt, so write to a node that the guest watches.
xenstore_irq() {
	local irq last node
	irq=$(in_guest g "sed -n 's/^ *\([0-9]*\):.* xenbus$/\1/p' /proc/interrupts")
	last=$(($(in_guest g nproc) - 1))
	in_guest g "echo $last >/proc/irq/$irq/smp_affinity_list" >/dev/null
	node=/local/domain/$(xl domid g)/memory/target
	xenstore-write "$node" "$(xenstore-read "$node")"
}

# look WHEN: dump the guest's context eight times. xen-domctx needs eight dumps to report an IPI
# that waits for ever. xen-domctx ignores a difference that is not in each dump, because the
# guest runs.
there=
look() {
	local i
	for i in {1..8}; do
		sleep 0.2
		$there xen-domctx dump -r -o "$OUT/$1.$i" g >>"$OUT/domctx.log" 2>&1 ||
			die_fail "$1: $(tail -n 1 "$OUT/domctx.log")"
	done
}

# calm WHEN: print the first dump in which no interdomain channel is masked. A channel is masked
# while its event is handled, and xen-domctx accepts any later mask of a channel that was masked.
calm() {
	local i
	for i in {1..8}; do
		! xen-domctx show "$OUT/$1.$i" | grep 'interdomain.*masked' >/dev/null || continue
		echo "$OUT/$1.$i"
		return
	done
	die_error "g never stops handling events"
}

# complete LOOK: fail unless the dump LOOK has all records of the guest, and no others. xen-domctx
# finds no difference if the same record is missing in all dumps.
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

# same HOW WHEN: fail if the guest's context differs from the first dump, except in fields that may
# change in a new domain (HOW is -R) or in a domain that continues (-c).
same() {
	local status=0 first
	# Compare the context even if the guest does not answer: the context may show the reason.
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
