#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# probed.sh OPTION...: a module is loaded whose driver probes 20 devices. While the module's init
# function probes a device, xenwatch checks the same device because its nodes change.
#
# Tested: each device is probed once. The defect D62 of the stock kernel: xenwatch took a device
# whose state had just been switched for a new one, unregistered it, and probed it again.
# Decides: the driver's count of probes is 20, each device has its state, and the log has no "state
# reset occurred".
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

count=20
# with_state N: print how many devices are in state N.
with_state() {
	local n found=0
	for ((n = 0; n < count; n++)); do
		[ "$(xenstore-read "$domain/device/nest/$n/state")" != "$1" ] || found=$((found + 1))
	done
	echo $found
}

guest_start_loaded g "$@"
id=$(xl domid g)
domain=/local/domain/$id
for ((n = 0; n < count; n++)); do
	front=$domain/device/nest/$n back=/local/domain/0/backend/nest/$id/$n
	backend_for "$id" "$front" "$back" state 2
	xenstore-write "$front/backend" "$back" "$front/backend-id" 0
	xenstore-chmod -r "$front" "n$id" r0
	xenstore-write "$front/state" 1
done
within 20 guest_true g "[ -e /sys/bus/xen/devices/nest-$((count - 1)) ]" || die_error "the guest does not have the devices"
blame=D62
# xenwatch shares vCPU 0 with three loops, so it is slow. The module is loaded on vCPU 1.
in_guest g "taskset -p 1 \$(pidof xenwatch); for i in 1 2 3; do (taskset 1 sh -c 'while :; do :; done' </dev/null >/dev/null 2>&1 &) ; done" >/dev/null
guest_program g probes.ko
in_guest g "taskset 2 insmod /tmp/probes.ko" >/dev/null
within 20 is $count with_state 3 || die_fail "$(with_state 3) of $count devices are in state 3"
sleep 5
is $count in_guest g "cat /sys/module/probes/parameters/probed" ||
	die_fail "$count devices were probed $(in_guest g "cat /sys/module/probes/parameters/probed") times"
is 0 in_guest g "dmesg | grep -c 'state reset occurred' || true" || die_fail "the guest has taken a device for a new one"
guest_well g
guest_end g
