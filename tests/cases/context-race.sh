#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context-race.sh OPTION...: dom0 reads contexts while domains change all that is in them.
#
# Tested: XEN_DOMCTL_getdomaincontext on a Xen with assertions, without a pause between two calls:
# - on a guest under all programs, which binds and closes event channels, and is checkpointed,
#   saved and restored;
# - on domains that race makes, changes and destroys.
# Other guests are started and destroyed meanwhile. What could go wrong: Xen misses a lock, or
# takes locks in another order. Then Xen may crash or hang, or return a state of a channel that
# never was.
# Decides: race accepts each context, Xen logs no error, and the guest continues. CYCLES times.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# race_begins SECONDS: run race in the background. race_ends: wait for it, and judge it.
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
