#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context-race.sh OPTION...: Xen is asked for contexts while all that is in them is changed.
#
# Tested: XEN_DOMCTL_getdomaincontext, on a Xen that checks itself, without a pause between two
# calls: of a guest under every program, which binds and closes event channels, is checkpointed,
# saved and restored; of domains that race makes, changes and destroys; while other guests come
# and go. What could go wrong: a lock is missing, or taken in another order, and Xen crashes, or
# stands still, or says of a channel what was never so.
# Decides: race, of each context; Xen has no complaint; and the guest goes on. CYCLES times.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# race_begins SECONDS, race_ends: in the background.
race_begins() {
	"$JOB/race" "$1" "$(xl domid g)" >>"$OUT/race.log" 2>&1 &
	race=$!
}
race_ends() {
	local status=0
	wait "$race" || status=$?
	say "$(tail -n 1 "$OUT/race.log")"
	case $status in
	0) ;;
	1) die_fail "$(grep -m 1 '^wrong: ' "$OUT/race.log")" ;;
	*) die_error "race: $(tail -n 1 "$OUT/race.log")" ;;
	esac
	xen_clean
}

guest_start_loaded g "$@"
guest_config h "$@" memory=96
guest_program g handles
in_guest g "(while :; do /tmp/handles 40 /tmp/report; sleep 0.1; killall handles; done) </dev/null >/dev/null 2>&1 &" >/dev/null
guest_well g
for ((cycle = 1; cycle <= CYCLES; cycle++)); do
	race_begins 60
	guest_checkpoint g image
	guest_well g
	guest_start h
	guest_destroy h
	race_ends
	# The new domain has another number.
	guest_save_restore g image
	race_begins 30
	guest_well g
	guest_start h
	guest_destroy h
	race_ends
	say "$cycle/$CYCLES"
done
guest_well g
guest_end g
