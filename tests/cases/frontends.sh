#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# frontends.sh vifs=NUMBER OPTION...: a guest with a disk, a network interface and NUMBER more
# interfaces is checkpointed, saved and restored.
#
# Tested: the fast walk holds the locks of all frontends. Lockdep reports on the console if a task
# holds more than 48 locks.
# Decides: the guest still has each interface, each is connected, and the guest is well. The output shows the maximum lock depth
# before and after the suspends.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option vifs "$@"
vifs=$own

# vif_list: print the interfaces for xl.cfg. The guest uses only the first interface. dom0 derives
# the IP address of each backend from the last byte of the MAC address.
vif_list() {
	local i list="'mac=00:16:3e:00:00:01,type=vif'"
	for ((i = 0; i < vifs; i++)); do
		list+=", 'mac=00:16:3e:00:00:$((40 + i)),type=vif'"
	done
	echo "$list"
}

# connected: print how many interfaces of the guest are connected to their backends.
connected() { xenstore-ls -f "/local/domain/$(xl domid g)/device/vif" | grep -c '/[0-9]*/state = "4"' || true; }
all_there() {
	is $((vifs + 1)) in_guest g "ls -d /sys/class/net/eth* | wc -l" || die_fail "not all of $((vifs + 1)) interfaces are there"
	within 60 is $((vifs + 1)) connected || die_fail "$(connected) of $((vifs + 1)) interfaces are connected"
}

# deepest: print the maximum depth of locks, or nothing if the kernel has no lockdep.
deepest() { in_guest g "[ ! -e /proc/lockdep_stats ] || grep 'max locking depth' /proc/lockdep_stats"; }

guest_config g disk=64 "${others[@]}" work=mem,disk,clock,timers line="vif=[$(vif_list)]"
# xl gets 900 s, because dom0 needs time for each device of a new domain.
xl_try 900 create g.cfg || die_error "xl create: $(xl_complaint)"
guest_boots g
clock_right g
all_there
say "it is up, $(deepest)"
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	all_there
	guest_save g image
	xl_must 900 restore image
	guest_up g
	all_there
	guest_well g
	say "$i/$CYCLES well, $(deepest)"
done
guest_end g
