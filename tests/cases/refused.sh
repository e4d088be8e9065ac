#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# refused.sh OPTION...: each phase refuses one suspend, and the guest goes on.
#
# Tested: unwinding from every phase, through the same callbacks that a real
# refusal takes, up to the hypercall itself. What was wrong before: refusals
# by devices cost the guest its disk and network, or its life, and a
# failed hypercall was taken for a checkpoint.
# Decides: after each, the guest's records name the phase, every program goes
# on and the console is clean. Then save and restore work as ever.
#
# The request is written as libxl does, but without libxl, which would wait 60
# seconds for each.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

records=/sys/kernel/debug/xen_suspend

# refuse PHASE: ask for a suspend that fails there.
refuse() {
	local count head deadline=$((SECONDS + 30))
	count=$(in_guest g "head -n 1 $records/last | cut -d' ' -f2")
	in_guest g "echo '$1' >$records/inject" >/dev/null
	xenstore-write "/local/domain/$(xl domid g)/control/shutdown" suspend
	until head=$(in_guest g "head -n 1 $records/last") &&
			[ "$(cut -d' ' -f2 <<<"$head")" -gt "$count" ]; do
		[ "$SECONDS" -lt "$deadline" ] || die_fail "no end of a suspend refused by \"$1\""
		sleep 0.2
	done
	[ "$head" = "suspend $((count + 1)) aborted -5 $1" ] ||
		die_fail "\"$1\" was to refuse, but: $head"
	guest_well g
	say "$1 refused"
}

guest_config g "$@" disk=64 work=mem,storm,disk,tcp,clock,timers
tcp-peer >"$OUT/tcp-peer.log" 2>&1 &
guest_start g
guest_well g

# A bad name is refused itself, and leaves nothing behind.
! ask -t 20 "$(ip_of g)" exec "echo nonsense >$records/inject" >/dev/null 2>&1 ||
	die_fail "inject takes a phase that there is not"

guest_checkpoint g image
in_guest g "cut -f3 $records/last | tail -n +2 | grep -v rendezvous | awk '!seen[\$0]++'" >phases
[ "$(wc -l <phases)" -ge 15 ] || die_error "too few phases: $(tr '\n' ' ' <phases)"
while read -r phase; do
	refuse "$phase"
done < <(cat phases; echo hypercall)

guest_save g image
guest_restore image
guest_up g 30
guest_well g
guest_end g
