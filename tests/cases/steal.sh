#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# steal.sh OPTION...: measure the stolen time that a guest reports after it was parked after a
# restore, after its image arrived slowly, as in a live migration, and after it waited until a
# checkpoint was written.
#
# Tested: time in which the domain was suspended, or not started yet, is not stolen time. Time in
# which Xen kept busy vCPUs from running is stolen time. The defect D21 of the stock kernel: on
# each vCPU, all this time was stolen time in the first tick.
# Decides: the stolen time of both vCPUs together grows by less than half of the time for which
# the guest was away. With the defect, each vCPU alone would count all of this time. The guest is
# idle, so little other time is stolen. The stolen time never decreases.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# In seconds. On one pCPU, vCPUs also wait for dom0 and for each other, so use a longer time.
ROBBED=10 AWAY=10
[ "$(nproc)" -gt 1 ] || AWAY=60

# stolen: print the stolen time in ms. Run a loop on each vCPU first, because an idle vCPU counts
# only when it wakes.
stolen() {
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest g 'for cpu in 1 2; do taskset $cpu sh -c "n=0; while [ \$n -lt 5000 ]; do n=\$((n + 1)); done"; done' >/dev/null
	in_guest g "head -n 1 /proc/stat" | awk '{ print 10 * $9 }'
}

# robbed: pause the guest for $ROBBED seconds while both vCPUs are busy. This must count as stolen
# time.
robbed() {
	local before after
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest g 'for cpu in 1 2; do taskset $cpu sh -c "while :; do :; done" </dev/null >/dev/null 2>&1 & echo $!; done >/tmp/busy; sleep 1' >/dev/null
	before=$(stolen)
	xl_try 20 pause g || die_error "xl pause: $(xl_complaint)"
	sleep $ROBBED
	guest_unpause g
	guest_up g
	after=$(stolen)
	# shellcheck disable=SC2016
	in_guest g 'kill $(cat /tmp/busy)' >/dev/null
	say "paused while busy: $before, then $after ms stolen"
	((after - before >= ROBBED * 1000)) ||
		die_fail "of two busy vCPUs, $((after - before)) ms were stolen in $ROBBED s without pCPUs"
}

# not_stolen WHAT BEFORE: check that the stolen time has grown by little since BEFORE, and has not
# decreased.
not_stolen() {
	local after
	guest_up g
	after=$(stolen)
	say "$1: $2, then $after ms stolen"
	((after >= $2)) || die_fail "$1, stolen time went from $2 to $after ms"
	((after - $2 < AWAY * 1000 / 2)) ||
		die_fail "$1, away for $AWAY s, it counts $((after - $2)) ms more as stolen"
}

# slowly FILE: write FILE to the pipe FILE.slow, with a wait of $AWAY seconds after the first
# half.
slowly() {
	local half=$(($(stat -c %s "$1") / 2))
	mkfifo "$1.slow"
	{ head -c "$half" "$1"; sleep $AWAY; tail -c +$((half + 1)) "$1"; } >"$1.slow" &
}

# held_back FILE: make a pipe FILE for an image, and read from it only after $AWAY seconds.
held_back() {
	mkfifo "$1"
	{ sleep $AWAY; cat >"$1.read"; } <"$1" &
}

guest_config g "$@"
guest_start g
guest_bears_loops g
robbed
before=$(stolen)
guest_save g image
guest_restore_paused image
sleep $AWAY
guest_unpause g
blame=D21
not_stolen "parked" "$before"
blame=
before=$(stolen)
guest_save g image
slowly image
xl_must $((60 + AWAY)) restore image.slow
blame=D21
not_stolen "a slow image" "$before"
held_back checkpoint
before=$(stolen)
xl_must 90 save -c g checkpoint
not_stolen "a checkpoint" "$before"
blame=
robbed
console_clean g
guest_end g
