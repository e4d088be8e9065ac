#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# memory.sh OPTION...: a guest has almost no free memory.
#
# Tested: such a guest can be saved, restored and checkpointed.
# Decides: saves, restores and checkpoints succeed, and the programs continue.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

left=3000	# KiB
step=8000000	# bytes

available() { in_guest g "awk '/^MemAvailable:/ { print \$2 }' /proc/meminfo"; }

guest_start_loaded g "$@" work=disk,tcp,clock,timers
guest_well g
# Fill the memory in steps: MemAvailable is only an estimate, and an emulated guest is slow.
in_guest g "mkdir -p /ballast && mount -t tmpfs -o size=100% none /ballast" >/dev/null
now=$(available)
while more=$(((now - left) * 900)) && [ "$more" -gt 200000 ]; do
	in_guest g "head -c $((more < step ? more : step)) /dev/zero >>/ballast/here" >/dev/null
	now=$(available)
done
[ "$now" -lt $((left + 1000)) ] || die_error "$now KiB available, too much"
say "$now KiB available"
for ((i = 1; i <= CYCLES; i++)); do
	guest_save_restore g image
	guest_well g
	guest_checkpoint g image
	guest_well g
	say "$i/$CYCLES well, $(available) KiB available"
done
guest_end g
