#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# whole.sh: measure how long whole operations take for a guest or for its administrator: xl save -c,
# a live migration, a restore, Remus. TIMES of each, in the order stock, ours, ours, stock.
#
# $OUT/metrics gets lines for bench/report: METRIC UNIT KERNEL NUMBER.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
. "$JOB/guests.sh"

: "${TIMES:=8}"
REMUS_SECONDS=10
INTERVALS="50 200 1000"
# shellcheck disable=SC2034 # bench_guest looks at it
way=channel
khz=$(tsc_khz)
echo "$khz" >"$OUT/khz"

put() { echo "$1 $2 $3 $4" >>"$OUT/metrics"; }
now_ms() { awk '{ printf "%.0f\n", $1 * 1000 }' /proc/uptime; }

# Return whether the process has noticed the operation, which stops it for at least 100 ms.
is_felt() { longest "$1" | awk '{ exit $1 < 100 }'; }

# felt METRIC KERNEL: record the longest time in which the process did not run, since /tmp/gaps was
# emptied.
felt() {
	within 10 is_felt "$2" || die_error "$1: the process was not stopped"
	put "$1" ms "$2" "$(longest "$2")"
}

checkpoint() {
	local start
	in_guest "$1" ": >/tmp/gaps" >/dev/null
	start=$(now_ms)
	guest_checkpoint "$1" "$1.image"
	put save-c ms "$1" $(($(now_ms) - start))
	felt save-c-process "$1"
}

migrate() {
	in_guest "$1" ": >/tmp/gaps" >/dev/null
	guest_migrate "$1"
	guest_up "$1"
	felt migration-process "$1"
}

# phases KERNEL: record how long phases of the resume took. For the fast table, record only phases
# that take long.
phases() {
	in_guest "$1" "cat /sys/kernel/debug/xen_suspend/last 2>/dev/null; true" | awk -v kernel="$1" '
		$2 != "up" { next }
		$1 != "fast" { stopped += $NF; next }
		$3 ~ /^(listeners|xenstore|frontends)$/ { print "first-packet:" $3, "ms", kernel, $NF / 1e6 }
		END { if (stopped) print "first-packet:stopped ms", kernel, stopped / 1e6 }' >>"$OUT/metrics"
}

# Measure with the program first until the restored domain sends its first packet.
restore() {
	guest_save "$1" "$1.image"
	guest_restore_paused "$1.image"
	put first-packet ms "$1" "$("$JOB/first" "$(xl domid "$1")" | awk '{ print $1 / 1000 }')"
	guest_up "$1"
	phases "$1"
}

# remus KERNEL INTERVAL: make checkpoints by Remus for REMUS_SECONDS. They are not sent anywhere.
remus() {
	local pid id
	id=$(xl domid "$1")
	trace_start 0x00028000
	xl remus -F -b -n -d -i "$2" "$1" nowhere >"$OUT/remus-$2-$1.log" 2>&1 &
	pid=$!
	sleep "$REMUS_SECONDS"
	kill "$pid"
	wait "$pid" || true
	# xl was killed, so it has not resumed the domain.
	suspend-guest -r "$id" >"$OUT/suspend.log" 2>&1 || die_fail "$1: $(tail -n 1 "$OUT/suspend.log")"
	guest_up "$1"
	trace_stop "$OUT/remus-$2-$1.trace"
	echo "remus-$2 $1 $id" >>"$OUT/remus"
}

# block KERNEL WHAT: run WHAT for the guest, TIMES times
block() {
	local i
	xl unpause "$1"
	guest_up "$1"
	for ((i = 0; i < TIMES; i++)); do
		"$2" "$1"
	done
	xl pause "$1"
	say "$1: $TIMES of $2"
}

for kernel in stock ours; do
	bench_guest "$kernel" 1 ""
	xl pause "$kernel"
done
for what in checkpoint migrate restore; do
	for kernel in stock ours ours stock; do
		block "$kernel" "$what"
	done
done
for kernel in stock ours; do
	xl unpause "$kernel"
	guest_up "$kernel"
	for interval in $INTERVALS; do
		remus "$kernel" "$interval"
	done
	guest_destroy "$kernel"
done
