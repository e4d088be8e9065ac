#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pause.sh OPTION...: how long a suspend that is called off at once holds up a guest.
#
# A guest with the stock kernel and one with ours, in one nested host, of which one runs
# while the other is paused: ABBA, TIMES suspends in each of the four. Options, besides
# those of guest_config: way=store or channel, and fast=0 (ours only), procs= that sleep in each
# guest, kernels=A,B. What it leaves in $OUT, bench/samples reads.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

: "${TIMES:=15}"
way=store fast=1 procs=10 load=none options=()
for option in "$@"; do
	case $option in
	way=*|fast=*|procs=*|load=*) declare "$option" ;;
	*) options+=("$option") ;;
	esac
done
[ "$load" = none ] || options+=("disk=64" "work=$load")

start() {
	local kernel=$1 args=
	[ "$kernel" = stock ] || args="xen_suspend.fast=$fast"
	[ "$way" != channel ] || [ "$kernel" = stock ] || args+=" xen_suspend.event_channel=1"
	guest_config "$kernel" line='tsc_mode="native"' args="$args" "${options[@]}"
	[ "$kernel" != stock ] || sed -i "s|^kernel=.*|kernel='$JOB/stock'|" "$kernel.cfg"
	guest_start "$kernel"
	guest_program "$kernel" ticker
	in_guest "$kernel" "for i in \$(seq $procs); do sleep 1000000 </dev/null >/dev/null 2>&1 & done; /tmp/ticker $((khz * 3 / 2)) </dev/null >/tmp/gaps 2>&1 &" >/dev/null
	xl pause "$kernel"
}

# measure KERNEL BLOCK
measure() {
	local id tracer flags=()
	id=$(xl domid "$1")
	xl unpause "$1"
	guest_up "$1"
	[ "$way" != channel ] || [ "$1" = stock ] || flags=(-e)
	in_guest "$1" ": >/tmp/gaps" >/dev/null
	sleep 1
	# Not to a 9p share, which does not take pages of Xen's.
	"$JOB/xentrace" -D -S 512 -e 0x0022f000 -T 600 /tmp/trace >"$OUT/xentrace.log" 2>&1 &
	tracer=$!
	sleep 0.5
	meter -n "$TIMES" "${flags[@]}" "$id" >"$OUT/$1.$2.meter" || die_fail "meter: $1"
	kill -INT "$tracer"
	wait "$tracer" || true
	mv /tmp/trace "$OUT/$1.$2.trace"
	in_guest "$1" "cat /tmp/gaps" >"$OUT/$1.$2.gaps"
	in_guest "$1" "cat /sys/kernel/debug/xen_suspend/last 2>/dev/null; true" >"$OUT/$1.$2.last"
	echo "$id" >"$OUT/$1.$2.domid"
	xl pause "$1"
	say "$1: $TIMES suspends"
}

khz=$(xl dmesg | sed -n 's/.*Detected \([0-9]*\)\.\([0-9]\{3\}\) MHz.*/\1\2/p' | head -n 1)
echo "$khz" >"$OUT/khz"
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
start stock
start ours
measure stock 1
measure ours 1
measure ours 2
measure stock 2
