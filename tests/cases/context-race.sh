#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context-race.sh OPTION...: dom0 reads the contexts of domains from Xen while these domains change
# their event channels, grants and other state.
#
# Tested: XEN_DOMCTL_getdomaincontext on a Xen with assertions, on two pCPUs without a pause,
# on all domains except dom0:
# - a guest under all programs, which binds and closes event channels, and is checkpointed, saved
#   and restored;
# - guests that are started, and destroyed while they run;
# - guests that are started, whose event channels are reset from dom0, and which are then destroyed.
#   A guest uses FIFO event channels, so Xen frees its control blocks and event array;
# - PV, PVH and HVM domains that race makes, changes and destroys.
# Possible defects: Xen does not take a lock, takes locks in the wrong order, or uses memory that it
# has freed. Then Xen may crash or hang, or return a channel state that never existed.
# Decides: in each of CYCLES cycles, race accepts each context, Xen logs no error, and the first
# guest is well.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# guest_boots NAME: replace lib.sh's limit of 120 s without console output by 400 s. While race
# reads its context, a guest or its firmware may print nothing for minutes.
guest_boots() { guest_answers "$1" 400 console_size "$1"; }
# race_begins: run race, which reads contexts, in the background. race_ends stops race, and fails if
# race has found a wrong context.
race_begins() {
	"$JOB/race" run 1800 >>"$OUT/race.log" 2>&1 &
	race=$!
}
race_ends() {
	local status=0 early=
	kill "$race" 2>/dev/null || early=yes
	wait "$race" || status=$?
	say "$(tail -n 1 "$OUT/race.log")"
	case $status in
	0) [ -z "$early" ] || die_error "race has ended before the guests" ;;
	1) die_fail "$(grep -m 1 '^wrong: ' "$OUT/race.log")" ;;
	*) die_error "race: $(tail -n 1 "$OUT/race.log")" ;;
	esac
	xen_clean
}
# abi DOMID: print the ABI of the domain's event channels, FIFO or 2-level, from its context.
abi() { xen-domctx dump -t EVTCHN "$1" | awk '$1 == "abi" { print $2 }'; }
# g_weighs WEIGHT: set the scheduler weight of g, if there is only one pCPU.
g_weighs() { [ "$(nproc)" -gt 1 ] || xl sched-credit2 -d g -w "$1"; }
# lives reset|runs: start the guest h, and destroy it. For reset, first reset its event channels.
lives() {
	local id
	# Reduce the weight of g, which always has work, while h boots. The firmware of an HVM guest
	# waits for its device model thousands of times, and otherwise needs over four minutes.
	g_weighs 64
	guest_start h
	g_weighs 256
	id=$(xl domid h)
	if [ "$1" = reset ]; then
		[ "$(abi "$id")" = FIFO ] || die_error "h uses ABI $(abi "$id"), not FIFO"
		"$JOB/race" reset "$id" 2>>"$OUT/race.log" || die_error "$(tail -n 1 "$OUT/race.log")"
		[ "$(abi "$id")" = 2-level ] || die_fail "after a reset, h uses ABI $(abi "$id"), not 2-level"
	fi
	guest_destroy h
}

# Reduce Xen's log level. Otherwise Xen writes a line for each record to its slow console, while the
# domain is paused.
xl set-parameters "loglvl=warning guest_loglvl=warning" || die_error "xl set-parameters: loglvl"
# Give dom0 the weight of a guest if there is only one pCPU. Otherwise race would take the whole
# pCPU, because dom0 has 256 times the weight of a guest.
[ "$(nproc)" -gt 1 ] || xl sched-credit2 -d 0 -w 256
guest_start_loaded g "$@"
guest_config h "$@" memory=96
guest_program g handles
in_guest g "(while :; do /tmp/handles 40 /tmp/report; sleep 0.1; killall handles; done) </dev/null >/dev/null 2>&1 &" >/dev/null
guest_well g
for ((cycle = 1; cycle <= CYCLES; cycle++)); do
	race_begins
	guest_checkpoint g image
	guest_well g
	lives runs
	lives reset
	race_ends
	guest_save_restore g image
	race_begins
	guest_well g
	lives reset
	race_ends
	say "$cycle/$CYCLES"
done
guest_well g
guest_end g
