#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pause.sh OPTION...: measure how long a suspend that is cancelled at once stops a guest.
#
# One nested host runs a guest with the stock kernel and one with ours. One of them is paused while
# the other runs. There are four blocks of TIMES suspends: stock, ours, ours, stock. Before each
# block, WARM_UP suspends are not counted, because an emulator translates the code in them. Options,
# besides those of guest_config: way=store or channel, fast=0 (ours only), procs= sleeping processes
# in each guest, load= its work, disks= its disks. bench/samples reads the results in $OUT.
# In lib.sh, disks is an array, but only within a function.
# shellcheck disable=SC2128,SC2178
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
. "$JOB/guests.sh"

: "${TIMES:=15}"
WARM_UP=5
way=store fast=1 procs=10 load=none disks=0 options=()
for option in "$@"; do
	case $option in
	way=*|fast=*|procs=*|load=*|disks=*) declare "$option" ;;
	*) options+=("$option") ;;
	esac
done
[ "$load" = none ] || options+=("disk=64" "work=$load")

start() {
	local left
	bench_guest "$1" "$disks" "xen_suspend.fast=$fast" "${options[@]}"
	# Start the processes in several calls, because in_guest waits for one minute at most.
	for ((left = procs; left > 0; left -= 250)); do
		in_guest "$1" "for i in \$(seq $((left < 250 ? left : 250))); do sleep 1000000 </dev/null >/dev/null 2>&1 & done" >/dev/null
	done
	xl pause "$1"
}

# interrupts GUEST: print how many interrupts the guest has had so far, by xenstore and between
# vCPUs.
interrupts() {
	in_guest "$1" "cat /proc/interrupts" | awk '
		{ n = 0; for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i }
		/ xenbus/ { store += n }
		/ -ipi / { ipi += n }
		END { print store + 0, ipi + 0 }'
}

# measure KERNEL BLOCK: measure a block of suspends, with results in $OUT/KERNEL.BLOCK.*
measure() {
	local id flags=() before after
	id=$(xl domid "$1")
	xl unpause "$1"
	guest_up "$1"
	[ "$way" != channel ] || [ "$1" = stock ] || flags=(-e)
	meter -n "$WARM_UP" "${flags[@]}" "$id" >/dev/null || die_fail "meter: $1"
	in_guest "$1" ": >/tmp/gaps" >/dev/null
	sleep 1
	before=$(interrupts "$1")
	trace_start 0x0022f000
	sleep 0.5
	meter -n "$TIMES" "${flags[@]}" "$id" >"$OUT/$1.$2.meter" || die_fail "meter: $1"
	trace_stop "$OUT/$1.$2.trace"
	after=$(interrupts "$1")
	in_guest "$1" "cat /tmp/gaps" >"$OUT/$1.$2.gaps"
	in_guest "$1" "cat /sys/kernel/debug/xen_suspend/last 2>/dev/null; true" >"$OUT/$1.$2.last"
	echo "$id" >"$OUT/$1.$2.domid"
	echo "$before $after" | awk -v n="$TIMES" '{ print ($3 - $1) / n, ($4 - $2) / n }' >"$OUT/$1.$2.interrupts"
	xl pause "$1"
	say "$1: $TIMES suspends"
}

tsc_khz >"$OUT/khz"
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
start stock
start ours
measure stock 1
measure ours 1
measure ours 2
measure stock 2
