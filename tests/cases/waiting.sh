#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# waiting.sh for=rtnl|irq|queues OPTION...: restored while programs wait in the kernel for a disk
# that comes late. With rtnl, these programs hold the lock of network devices. With irq, they have
# a file of an interrupt of the network interface open, and the restore frees this interrupt.
# queues is as irq, but the new backends offer four queues instead of one, so more interrupts are
# needed than before.
#
# Tested: xenwatch must connect the disk. So it does not wait for these programs when it connects
# the network interface, or makes an interrupt for the disk.
# Decides: when the disk's backend can be found, the guest and its programs continue.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option for "$@"
lock=$own

# what: print the name for these programs. The interrupt has another number after a restore.
what() {
	case $lock in
	rtnl) echo eth0 ;;
	irq | queues) in_guest g "cat /proc/interrupts" |
		awk '/vif/ && !irq { irq = $1 + 0 } END { print "/proc/irq/" irq "/smp_affinity" }' ;;
	esac
}

interrupts() { in_guest g "grep -c vif /proc/interrupts"; }

# offer NUMBER: make the backends of disks and network interfaces offer NUMBER queues.
offer() {
	local driver
	for driver in xen_blkback xen_netback; do
		echo "$1" >/sys/module/$driver/parameters/max_queues
	done
}

[ "$lock" != queues ] || offer 1
guest_start_loaded g "${others[@]}"
guest_program g waiting
for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "/tmp/waiting 3 /dev/xvda $(what)" >/dev/null
	guest_well g
	before=$(interrupts)
	guest_save g image
	[ "$lock" != queues ] || offer 4
	guest_restore_without g image vbd/51712
	xenstore-write "$domain/device/vbd/51712/backend-id" 0
	guest_up g
	guest_well g
	in_guest g "killall waiting" >/dev/null
	if [ "$lock" = queues ]; then
		[ "$(interrupts)" -gt "$before" ] || die_error "the interface has no more queues than before"
		offer 1
		guest_save_restore g image
		guest_well g
	fi
	say "$i/$CYCLES well"
done
guest_end g
