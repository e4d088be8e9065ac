#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rtnl-held.sh OPTION...: saved and restored, CYCLES times, while a kernel thread holds the rtnl
# until the interface is connected again. A task that holds the rtnl and waits for a file on NFS
# would do the same. The new backend offers one queue in each odd cycle, and all queues in each
# even one.
#
# Tested: the interface is connected without the rtnl. In odd cycles it gives up the queues that
# the backend does not offer. If the rtnl is free, it uses all queues that are offered.
# Decides: the thread sees the interface connected, the guest is well, and the interface has no
# more queues than the backend offers.
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
echo 1 >"$offered"
guest_save_restore g image
within 20 is 1 queues || die_fail "the backend has one queue, and the guest $(queues)"
echo "$all" >"$offered"
guest_save_restore g image
within 20 is "$all" queues || die_fail "nobody holds the rtnl, and the guest has $(queues) of $all queues"
guest_well g
guest_end g
