#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# off-vcpu0.sh OPTION...: save, restore and checkpoint a guest whose vCPU 0 is always occupied,
# and whose requests arrive on another vCPU.
#
# Tested: a request is served on the vCPU on which it arrives. The interrupt of xenbus and the
# kernel threads that serve requests are moved to vCPU 1. On vCPU 0, a SCHED_FIFO program uses all
# CPU time.
# Decides: as save.sh does, for a save with its restore and for a checkpoint. Before each of them,
# vCPU 0 must have no idle time.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

xenbus_irq() { in_guest g "grep -w xenbus /proc/interrupts" | sed 's/^ *\([0-9]*\):.*/\1/'; }

# leave_vcpu0: move the interrupt and the threads to vCPU 1. A restore may move the interrupt back
# (see affinity.sh), so do this before each save.
leave_vcpu0() {
	in_guest g "echo 2 >/proc/irq/$(xenbus_irq)/smp_affinity" >/dev/null
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest g 'for p in $(pidof xenwatch xenbus); do taskset -p 2 $p; done' >/dev/null
}

# saturate_vcpu0: run a SCHED_FIFO program on vCPU 0, without the throttle that would leave 5 % of
# the time to other tasks.
saturate_vcpu0() {
	in_guest g "echo -1 >/proc/sys/kernel/sched_rt_runtime_us" >/dev/null
	guest_program g hog
	in_guest g "/tmp/hog 0" >/dev/null
}

idle_of_vcpu0() { in_guest g "cat /proc/stat" | awk '$1 == "cpu0" { print $5 + $6 }'; }

# vcpu0_taken: check that vCPU 0 is idle for at most 5 of the 100 ticks of a second.
vcpu0_taken() {
	local before
	before=$(idle_of_vcpu0)
	sleep 1
	[ $(($(idle_of_vcpu0) - before)) -le 5 ] || die_error "vCPU 0 is not saturated"
}

guest_start_loaded g "$@"
leave_vcpu0
saturate_vcpu0
vcpu0_taken
guest_save_restore g image
guest_well g
say "save and restore"
leave_vcpu0
vcpu0_taken
guest_checkpoint g image
guest_well g
say "checkpoint"
in_guest g "killall hog" >/dev/null
guest_end g
