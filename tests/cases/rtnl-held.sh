#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rtnl-held.sh OPTION...: saved and restored, CYCLES times, while a kernel thread holds the
# lock of network devices until the interface is connected anew. A task does so that waits in
# the kernel for a file which comes over this interface. The new
# backend offers fewer queues in each odd cycle, and more in each even one.
#
# Tested: the interface is connected without that lock, and has the queues of both ends after.
# Decides: the thread says that it was connected, the guest is well, and the number of its
# queues is what the backend offered before the last cycle, or less.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

connected=/sys/module/rtnl/parameters/connected
offered=/sys/module/xen_netback/parameters/max_queues

queues() { in_guest g "ls -d /sys/class/net/eth0/queues/tx-*" | wc -l; }
few() { [ "$(queues)" -le "$1" ]; }

echo 2 >"$offered" || die_error "the backend takes no number of queues"
guest_start_loaded g "$@"
all=$(queues)
[ "$all" -gt 1 ] || die_error "the guest has one queue only"
for ((i = 1; i <= CYCLES; i++)); do
	offer=$((i % 2 ? 1 : all))
	guest_module g rtnl.ko
	guest_well g
	is -1 in_guest g "cat $connected" || die_error "the thread does not wait for the interface"
	echo "$offer" >"$offered"
	guest_save_restore g image
	within 20 is 1 in_guest g "cat $connected" || die_fail "the interface is not connected anew"
	within 20 few "$offer" || die_fail "the backend has $offer queues, and the guest $(queues)"
	guest_well g
	in_guest g "rmmod rtnl" >/dev/null
	say "$i/$CYCLES well, $all queues at first, $offer offered, $(queues) now"
done
guest_end g
