#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# felt.sh NAME dirty=MB OPTION...: measure how long a process does not run in a checkpoint with
# memory. OPTION is an option of guest_config. A program in the guest writes to MB megabytes of
# pages per second.
#
# This compares four ways: xl save -c and xen-checkpoint of a guest with the stock kernel, and
# xen-checkpoint and a suspend without an image of a guest with ours. Each way has two blocks of
# TIMES; the second blocks run in reverse order. One guest runs while the other one is paused. The
# images go to /dev/null, so that the speed of dom0's disk makes no difference. xen-checkpoint
# checks such an image while it is written, and an image in a file after the guest was resumed.
#
# xen-checkpoint reports four steps: from the request to the suspend; to the list of dirty pages;
# copy; resume. The guest stops during the first one.
#
# Results: $OUT/WAY.last has the phases of the last suspend of our kernel, and $OUT/metrics has
# lines for bench/report: METRIC UNIT WAY NUMBER.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
. "$JOB/guests.sh"

: "${TIMES:=15}"
name=$1
own_option dirty "${@:2}"
dirty=$own
# shellcheck disable=SC2034 # longest reads it
khz=$(tsc_khz)

put() { echo "$1-$name ms $2 $3" >>"$OUT/metrics"; }

start() {
	bench_guest "$1" 0 "" "${others[@]}"
	[ "$dirty" = 0 ] || {
		guest_program "$1" dirtier
		in_guest "$1" "/tmp/dirtier $dirty 32 </dev/null >/tmp/dirtied 2>&1 &" >/dev/null
	}
	xl pause "$1"
}

# The ways that are compared. The name of each way begins with the name of its guest.
stock_xl()	{ xl_must 600 save -c stock /dev/null; }
stock_tool()	{ tool stock; }
ours_tool()	{ tool ours; }
ours_suspend()	{ meter -n 1 "$(xl domid ours)" >/dev/null || die_fail "meter: ours"; }

tool() {
	timeout 600 "$JOB/xen-checkpoint" --json "$1" /dev/null >report 2>&1 ||
		die_fail "xen-checkpoint: $(tail -n 1 report)"
	paused=$(sed -n 's/.*"event":"done".*"pause_ms":\([0-9.]*\).*/\1/p' report)
	[ -n "$paused" ] || die_error "xen-checkpoint reports no pause: $(tail -n 1 report)"
	steps=$(sed -n 's/.*"asked":-\([0-9.]*\),"suspended":[0-9.]*,"dirty":\([0-9.]*\),"copied":\([0-9.]*\),"resumed":\([0-9.]*\).*/\1 \2 \3 \4/p' report |
		awk '{ print "suspended", $1; print "known", $2; print "copied", $3 - $2; print "resumed", $4 - $3 }')
	[ -n "$steps" ] || die_error "xen-checkpoint reports no steps: $(tail -n 1 report)"
}

# Return whether the process has noticed the checkpoint. Each way stops it for more than 2 ms.
has_gap() { longest "$1" | awk '{ exit $1 < 2 }'; }

once() {
	local guest=${1%%_*}
	paused=
	in_guest "$guest" ": >/tmp/gaps" >/dev/null
	"$1"
	guest_up "$guest"
	within 10 has_gap "$guest" || die_error "$1: ticker has no gap"
	felt=$(longest "$guest")
}

# dirtied GUEST: print the seconds since dirtier started, and the number of pages that it wrote
dirtied() { in_guest "$1" "tail -n 1 /tmp/dirtied 2>/dev/null || true"; }

# block WAY: measure TIMES checkpoints by this way
block() {
	local i guest=${1%%_*} before after
	xl unpause "$guest"
	guest_up "$guest"
	# Do not count the first checkpoint: an emulator such as QEMU translates the code in it.
	once "$1"
	before=$(dirtied "$guest")
	for ((i = 0; i < TIMES; i++)); do
		once "$1"
		put felt "$1" "$felt"
		[ -z "$paused" ] || {
			put pause "$1" "$paused"
			while read -r step ms; do put "$step" "$1" "$ms"; done <<<"$steps"
		}
	done
	after=$(dirtied "$guest")
	if [ "$dirty" != 0 ]; then
		[ "$before" != "$after" ] || die_error "dirtier has stopped at $after"
		echo "$before $after" | awk -v what="dirtied-$name MB/s $1" \
			'{ print what, ($4 - $2) / 256 / ($3 - $1) }' >>"$OUT/metrics"
	fi
	[ "$guest" != ours ] || in_guest ours "cat /sys/kernel/debug/xen_suspend/last" >"$OUT/$1.last"
	xl pause "$guest"
	say "$1: $TIMES times"
}

# QEMU breaks PVH and HVM guests that run on two pCPUs. If the guest and dom0 shared one pCPU, a
# copy in dom0 would stop the guest. So dom0 has one pCPU, and the guest the other.
if [[ " ${others[*]} " != *" type=pv "* ]]; then
	xl vcpu-pin Domain-0 all 0
	# shellcheck disable=SC2034 # bench_guest reads it
	cpus=1
fi
start stock
start ours
for way in stock_xl stock_tool ours_tool ours_suspend ours_suspend ours_tool stock_tool stock_xl; do
	block "$way"
done
