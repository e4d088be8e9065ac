#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# disks.sh disks=NUMBER OPTION...: a guest with NUMBER disks is checkpointed, saved and restored.
#
# Tested: all disks are connected again. xenstored lets a domain have ten transactions open, and
# each disk needs several to connect. blkfront keeps 4.1 MB for each queue of a disk, and has a
# queue for each vCPU, so 30 disks take 248 MB of a guest with 2 vCPUs. With less memory, the guest
# waits for its disks for minutes at boot.
# Decides: after each checkpoint and restore, each disk has the data that was written to it.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option disks "$@"
how_many=$own

# all_read: fail unless each disk contains its device name, which the case wrote to it.
all_read() {
	# shellcheck disable=SC2016 # the guest's shell expands it
	local read='read -r name <$d; [ "$name" != $d ] || echo $d'
	is "$how_many" in_guest g "echo 3 >/proc/sys/vm/drop_caches; for d in /dev/xvd*; do $read; done | wc -l" ||
		die_fail "not all of $how_many disks can be read"
}

guest_config g "${others[@]}" line="disk=[$(disk_list g "$how_many")]" work=mem,clock,timers
guest_start g
say "$how_many disks: $(guest_memory g)"
in_guest g "for d in /dev/xvd*; do echo \$d >\$d; done; sync" >/dev/null
all_read
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	all_read
	guest_save_restore g image
	all_read
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
