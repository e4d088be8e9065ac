#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# leak.sh OPTION...: an idle guest, checkpointed, saved and restored, eight times.
#
# Tested: none of this costs a guest memory. The stock kernel loses what is on the
# receive rings of its network interface with each restore (D40), and a guest that
# migrates often dies of it.
# Decides: by the memory that is available in it, after a first round, which may set
# up what stays, and after the last. The stock kernel loses a MiB each round and for
# each queue. Half of that is the limit: with what is in use just then it varies, by
# 1.4 MiB in 40 rounds, in which none was lost.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

rounds=8
limit=$((rounds * 512))	# KiB

round() {
	guest_checkpoint g image
	guest_up g
	guest_save_restore g image
}

# Packets that are under way hold their pool, which is looked at once a second.
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
