#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# waiting.sh for=rtnl|irq OPTION...: restored while programs wait for a disk that comes
# late, and in the kernel have the lock of network devices, or the file of an interrupt of
# one, which goes as it is restored.
#
# Tested: xenwatch, which is to connect the disk, does not wait for them when it connects
# the network, or makes an interrupt for the disk. It can be so only where tasks are not
# frozen before.
# Decides: once the disk's backend can be found, all goes on.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option for "$@"
lock=$own

# It has another number after a restore.
what() {
	case $lock in
	rtnl) echo eth0 ;;
	irq) in_guest g "cat /proc/interrupts" |
		awk '/vif/ && !irq { irq = $1 + 0 } END { print "/proc/irq/" irq "/smp_affinity" }' ;;
	esac
}

guest_start_loaded g "${others[@]}"
guest_program g waiting
for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "/tmp/waiting 3 /dev/xvda $(what)" >/dev/null
	guest_well g
	guest_save g image
	guest_restore_without g image vbd/51712
	xenstore-write "$domain/device/vbd/51712/backend-id" 0
	guest_up g
	guest_well g
	slow=$(guest_slow g)
	[ -z "$slow" ] || die_error "tasks were frozen: $slow"
	in_guest g "killall waiting" >/dev/null
	say "$i/$CYCLES well"
done
guest_end g
