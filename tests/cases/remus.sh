#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# remus.sh OPTION...: a guest under Remus, memory only, whose host loses power, CYCLES times.
#
# Tested: many checkpoints, one after the other. The guest continues after each of them, until one
# is restored on another host.
# Decides: as save.sh does, but without programs that communicate with others, because the guest
# loses what they have sent since the last checkpoint. No count of a program is lower than three
# checkpoints before: the last checkpoint may not have been sent, and the one before it may not
# have arrived completely.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/pair.sh
. /nest/pair.sh

many() { [ "$(guest_suspends g)" -ge "$1" ]; }

# checkpoints N: wait until the guest has completed N more checkpoints.
checkpoints() {
	local until=$(($(guest_suspends g) + $1))
	within 180 many "$until" || die_fail "within 180 s, not $1 checkpoints, but up to $(guest_suspends g) of $until"
}

counts() { ask -t 60 "$(ip_of g)" status | awk '{ print $1, $3 }' | sort; }

for ((i = 1; i <= CYCLES; i++)); do
	[ "$i" = 1 ] || mains on
	guest_config g "$@" work=mem,storm,clock,timers
	guest_start g
	guest_moves g b
	on b "xl remus -F -n -d -i 1000 -s '$ssh' g a </dev/null >/out/b/remus.log 2>&1 &"
	checkpoints 5
	guest_well g
	counts >before
	checkpoints 3
	mains off
	within 120 is g names_on a g || die_fail "on a there is: $(names_on a g | xargs)"
	guest_up g
	counts >after
	lost=$(awk 'NR == FNR { was[$1] = $2; next }
		!($1 in was) || $2 < was[$1] { print $1 " went back from " was[$1] " to " $2 }' before after)
	[ -z "$lost" ] || die_fail "${lost%%$'\n'*}"
	guest_well g
	say "$i/$CYCLES goes on: $(in_guest g "head -n 1 /sys/kernel/debug/xen_suspend/last")"
	guest_end g
done
