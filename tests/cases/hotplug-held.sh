#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# hotplug-held.sh OPTION...: save and restore a guest, CYCLES times. In the middle of the suspend, a
# program takes a vCPU offline. The module unplug delays this until the network interface is
# connected again, as an nbd disk could. After the restore, the guest sets its clock forward, for
# which it takes the lock of vCPU hotplug before it connects the interface.
#
# Tested: the kernel keeps vCPU hotplug out during a suspend. Otherwise the program would hold the
# lock while it waits for the interface, and the guest could not connect the interface.
# Decides: the program gets EBUSY, and the guest answers and is well.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

inject=/sys/kernel/debug/xen_suspend/inject
online=/sys/devices/system/cpu/cpu1/online

guest_start_loaded g "$@"
guest_module g unplug.ko wait=1 until=eth0
for ((i = 1; i <= CYCLES; i++)); do
	# Delay the phase "store port", the last one before the machine stops. When the suspend
	# begins, the inject file becomes empty, and the program takes the vCPU offline 2 s later.
	in_guest g "echo 'error=0 delay=4000 store port' >$inject; rm -f /tmp/offline" >/dev/null
	in_guest g "(while grep -q . $inject; do sleep 0.05; done; sleep 2; (echo 0 >$online) 2>/tmp/offline) </dev/null >/dev/null 2>&1 &" >/dev/null
	guest_save g image
	put_clock 5
	guest_restore image
	guest_up g
	within 20 guest_true g "test -e /tmp/offline" || die_error "nobody tried to take the vCPU offline"
	guest_true g "grep -q busy /tmp/offline" || die_error "the vCPU could be taken offline: $(in_guest g "cat /tmp/offline")"
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
