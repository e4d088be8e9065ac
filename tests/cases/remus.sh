#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# remus.sh OPTION...: a guest under Remus, memory only, whose host loses its mains,
# CYCLES times.
#
# Tested: one checkpoint after the other, each of them a save that comes to nothing in the
# guest, until one is a restore, on another host.
# Decides: as save.sh does, without the programs that somebody else hears of, as what they
# said since the last checkpoint is no longer so. And the counts of the programs, which
# are no less than they were three checkpoints ago: of the last one, some may not have
# left, and of that before, some may still have been on its way.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/pair.sh
. /nest/pair.sh

many() { [ "$(guest_suspends g)" -ge "$1" ]; }

# checkpoints N: so many more.
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
