#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# leak.sh OPTION...: an idle guest is checkpointed, saved and restored, eight times.
#
# Tested: a checkpoint and a restore leak no memory. Defect D40: at each restore, the stock kernel
# loses the memory on the receive rings of its network interface, and a guest that migrates often
# runs out of memory.
# Decides: from the end of a first round to the end of the last, MemAvailable decreases by at most
# 512 KiB a round. The first round may allocate memory that stays. The stock kernel loses 1 MiB a
# round for each queue. The limit is half of that, because MemAvailable varies: by 1.4 MiB in 40
# rounds without a leak.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

rounds=8
limit=$((rounds * 512))	# KiB

round() {
	guest_checkpoint g image
	guest_up g
	guest_save_restore g image
}

# available: print MemAvailable after 3 s. Packets in progress keep a page pool alive, and the kernel
# checks once a second whether it can free the pool.
available() {
	sleep 3
	in_guest g "awk '/^MemAvailable:/ { print \$2 }' /proc/meminfo"
}

guest_config g "$@" disk=64 work=disk
guest_start g
round
before=$(available)
say "$before KiB available"
for ((i = 1; i <= rounds; i++)); do
	round
	say "$i/$rounds"
done
after=$(available)
say "$after KiB available"
blame=D40
((before - after <= limit)) || die_fail "$rounds rounds cost $((before - after)) KiB"
blame=
guest_well g
guest_end g
