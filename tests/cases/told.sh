#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# told.sh OPTION...: a device refuses to suspend, and xl waits until its timeout.
#
# Tested: the operator gets the reason long before xl gives up, if the guest refuses before it
# acknowledges the request, and also if it refuses afterwards. The defect D4 of the stock kernel:
# no reason was reported, neither then nor later.
# Decides: suspend-watch reports the reason in the first third of the minute for which xl waits,
# and error/suspend contains it. The log has the times since xl was started.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

ms_since() { echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000)); }

refusals() { grep -c refuses "$OUT/watch.log" || true; }

# told STEP PHASE: run xl save with a device that refuses at STEP, which is in PHASE, and check
# the reports.
told() {
	local before start heard='' reason waited
	guest_set g refuse at="$1" error=-5 times=1
	before=$(refusals)
	say "asking, with a device that refuses at $1"
	start=$EPOCHREALTIME
	xl save g image >>"$OUT/xl.log" 2>&1 &
	while [ -d /proc/$! ]; do
		if [ -z "$heard" ] && [ "$(refusals)" -gt "$before" ]; then
			heard=$(ms_since "$start")
		fi
		sleep 0.05
	done
	waited=$(ms_since "$start")
	! wait $! || die_fail "xl save succeeds though a device refuses"
	blame=D4
	[ -n "$heard" ] || die_fail "no reason is known when xl gives up, after $waited ms"
	say "told after $heard ms, xl gave up after $waited ms"
	((3 * heard < waited)) || die_fail "the reason is not known much before xl gives up"
	blame=
	guest_says_why g "phase=\"$2\" culprit=\"refuse.0\" error=-EIO time=*"
	reason=$(guest_reason g)
	results+=("$heard ms at $1")
	tail -n 1 <(grep refuses "$OUT/watch.log") | grep -qF "$reason" || die_fail "suspend-watch reports: $(tail -n 1 "$OUT/watch.log")"
	tail -n 1 <(grep refuses "$OUT/watch.json") | grep -qE '^\{"time":"[^"]+Z","domid":[0-9]+,"name":"g","event":"refuses",("ms":[0-9.]+,)?"reason":"phase=\\"'"$2" ||
		die_fail "suspend-watch -j reports: $(tail -n 1 "$OUT/watch.json")"
	guest_up g
	guest_well g
}

guest_start_loaded g "$@"
guest_module g refuse.ko
suspend-watch >>"$OUT/watch.log" 2>&1 &
suspend-watch -j >>"$OUT/watch.json" 2>&1 &
results=()
told freeze devices
told noirq noirq
say "result: told after ${results[0]}, ${results[1]}, from when xl began"
guest_checkpoint g image
for event in "is asked to suspend" "is no longer asked to suspend" suspended continues; do
	sed '1,/refuses/d' "$OUT/watch.log" | grep -qE "g\([0-9]+\) $event( after [0-9.]+ ms)?\$" ||
		die_fail "suspend-watch does not report \"$event\""
done
guest_well g
guest_save_restore g image
guest_well g
guest_end g
