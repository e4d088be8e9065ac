#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# drained.sh OPTION...: save and restore a guest. In the new domain, before any device is connected,
# the module drain takes all memory except the memory reserve. The module keeps the memory until
# all devices are connected. The backend of the swap disk comes late.
#
# Tested: xenwatch connects devices with memory that their drivers kept, or from the memory reserve.
# Decides: while drain holds the memory, all devices are connected, and the swap disk gets requests.
# Then xenwatch notices control/drain in time, and the guest is well.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

late=vbd/51728
devices=(vbd/51712 vif/0 "$late")

# connected: succeed if every frontend is in state 4 (Connected). $state is the last state read.
connected() {
	local device
	for device in "${devices[@]}"; do
		state=$(xenstore-read "$domain/device/$device/state")
		[ "$state" = 4 ] || return 1
	done
}
# requests: print the number of requests that the backend of the swap disk has received.
requests() { echo $(($(cat "/sys/bus/xen-backend/devices/vbd-${domain##*/}-51728/statistics/"{rd,wr}_req | xargs | tr ' ' +))); }
# fail_stuck: wait until the module has printed the stack of xenwatch to the console, then fail.
fail_stuck() {
	within 60 grep -qa "drain: xenwatch" "$(console_of g)" || true
	die_fail "a device is in state $state, not 4 (Connected), while only the memory reserve is free"
}
parameter() { in_guest g "cat /sys/module/drain/parameters/$1"; }

guest_start_loaded g swap=128 work=mem,disk,tcp,clock "$@"
guest_module g drain.ko
for ((i = 1; i <= CYCLES; i++)); do
	guest_save g image
	guest_restore_without g image "$late"
	# shellcheck disable=SC2154 # guest_restore_without sets domain
	xenstore-write "$domain/device/$late/backend-id" 0
	within 60 connected || fail_stuck
	within 30 differs 0 requests || die_fail "the swap disk is connected, and gets no request"
	xenstore-write "$domain/control/drain" 1
	guest_up g
	[ "$(parameter drained)" = "$i" ] || die_error "memory was taken $(parameter drained) times, not $i"
	[ "$(parameter expired)" = 0 ] || die_fail "xenwatch did not notice control/drain in time"
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
