#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# affinity.sh OPTION...: the xenbus interrupt of a guest is pinned to vCPU 1, and the guest is
# saved and restored.
#
# Tested: defect D15. After a restore, the xenbus interrupt of the stock kernel arrives on vCPU 0,
# but /proc/irq/N/effective_affinity still names the vCPU of before.
# Decides: before the save and after the restore, effective_affinity names vCPU 1, and all xenbus
# interrupts arrive on vCPU 1. Dom0 causes these interrupts by writes to a xenstore node that the
# guest watches.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

row() { in_guest g "grep -w xenbus /proc/interrupts"; }

# poke: write the balloon's target in xenstore 20 times, with the same value. The guest watches
# this node, so the writes cause xenbus interrupts.
poke() {
	local node value
	node=/local/domain/$(xl domid g)/memory/target
	value=$(xenstore-read "$node")
	for _ in {1..20}; do
		xenstore-write "$node" "$value"
		sleep 0.05
	done
}

# delivered: print "A B", the numbers of xenbus interrupts on vCPU 0 and vCPU 1 that poke caused.
delivered() {
	local before after
	before=$(row)
	poke
	after=$(row)
	echo "$before $after" | tr '\n' ' ' |
		awk '{ for (i = 1; i <= NF; i++) if ($i ~ /:$/) at[n++] = i
		       print $(at[1] + 1) - $(at[0] + 1), $(at[1] + 2) - $(at[0] + 2) }'
}

# on_vcpu1 WHEN: fail unless all xenbus interrupts arrive on vCPU 1, as in effective_affinity.
on_vcpu1() {
	local effective zero one
	effective=$(in_guest g "cat /proc/irq/$irq/effective_affinity" | tr -d ' \n')
	read -r zero one <<<"$(delivered)"
	say "$1: effective affinity $effective, delivered $zero to vCPU 0 and $one to vCPU 1"
	[ $((zero + one)) -ge 5 ] || die_error "only $((zero + one)) interrupts came"
	[ $((16#$effective)) = 2 ] || die_fail "$1, the effective affinity is $effective, not 2"
	[ "$zero" = 0 ] || die_fail "$1, $zero of $((zero + one)) interrupts came to vCPU 0, not vCPU 1"
}

guest_config g "$@" work=mem,clock,timers
guest_start g
irq=$(row | sed 's/^ *\([0-9]*\):.*/\1/')
in_guest g "echo 2 >/proc/irq/$irq/smp_affinity" >/dev/null
delivered >/dev/null	# a move takes effect with the next interrupt
on_vcpu1 "before the save"
guest_save_restore g image
blame=D15
on_vcpu1 "after the restore"
guest_well g
