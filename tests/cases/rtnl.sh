#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rtnl.sh OPTION...: restored while programs in the kernel have the lock of network
# devices, and wait for a disk that comes late.
#
# Tested: xenwatch, which is to connect the disk, does not wait for that lock when it
# connects the network. It can be so only where tasks are not frozen before.
# Decides: once the disk's backend can be found, all goes on.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g rtnl
in_guest g "/tmp/rtnl 3 eth0 /dev/xvda" >/dev/null
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	guest_save g image
	guest_restore_without g image vbd/51712
	xenstore-write "$domain/device/vbd/51712/backend-id" 0
	guest_up g
	guest_well g
	slow=$(guest_slow g)
	[ -z "$slow" ] || die_error "tasks were frozen: $slow"
	say "$i/$CYCLES well"
done
in_guest g "killall rtnl" >/dev/null
guest_end g
