#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# drift.sh OPTION...: a guest whose balloon is inflated is migrated to the host that it is on,
# CYCLES times.
#
# Tested: no migration changes the limits of the guest's memory.
# Decides: after the last migration, the memory limits of Xen, xenstore and xl, the target of the
# balloon and the memory of the guest are the same as before the first migration.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# max_pages DOMID: print Xen's limit of the domain's pages, which Xen logs on the debug key q.
max_pages() {
	xl debug-keys q
	xl dmesg | sed -n "/General information for domain $1:/,/max_pages/s/.*max_pages=\([0-9]*\).*/\1/p" | tail -n 1
}

# limits: print the limits of the guest's memory, its balloon's target and its size, one a line.
limits() {
	local id balloon=/sys/devices/system/xen_memory/xen_memory0
	id=$(xl domid g)
	for node in target static-max; do
		echo "memory/$node $(xenstore-read "/local/domain/$id/memory/$node")"
	done
	xl list -l g | grep -oE '"(max|target)_memkb": [0-9]+'
	echo "max_pages $(max_pages "$id")"
	in_guest g "grep MemTotal /proc/meminfo; grep . $balloon/target_kb $balloon/info/current_kb"
}

guest_config g "$@" memory=128 line="maxmem=160" work=mem,clock,timers
guest_start g
guest_balloon g 112
limits >before
cat before
[[ $(cat before) == *"max_pages "[1-9]* ]] || die_error "Xen logs no max_pages"
for ((i = 1; i <= CYCLES; i++)); do
	guest_migrate g
	guest_up g
	[ $((i % 10)) != 0 ] || say "$i/$CYCLES migrated"
done
limits >after
diff before after || die_fail "after $CYCLES migrations: $(diff before after | grep '^>' | head -n 1)"
guest_well g
guest_end g
