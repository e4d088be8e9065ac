#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# steal.sh OPTION...: how much time does the guest say was stolen, when it was parked
# after a restore, its image took long to arrive, as in a live migration, or it waited
# for a checkpoint to be written?
#
# Tested: time in which the domain was suspended, or not started yet, is no stolen time;
# time in which Xen kept busy vCPUs from running is. What was wrong before (D21): all of
# it was stolen, on each vCPU, in the first tick.
# Decides: by the guest's account of both vCPUs together. That of an idle guest is little:
# it has to be less than half of what it was away for, which each vCPU alone would have.
# And it goes on from where it was.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# In s. On one pCPU, vCPUs wait for dom0 and for each other, too.
ROBBED=10 AWAY=10
[ "$(nproc)" -gt 1 ] || AWAY=60

# stolen: in ms. A vCPU that idles finds out when it wakes up.
stolen() {
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest g 'for cpu in 1 2; do taskset $cpu sh -c "n=0; while [ \$n -lt 5000 ]; do n=\$((n + 1)); done"; done' >/dev/null
	in_guest g "head -n 1 /proc/stat" | awk '{ print 10 * $9 }'
}

# robbed: what the account says of so many seconds without pCPUs, for two busy vCPUs.
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

# not_stolen WHAT BEFORE
not_stolen() {
	local after
	guest_up g
	after=$(stolen)
	say "$1: $2, then $after ms stolen"
	((after >= $2)) || die_fail "$1, stolen time went from $2 to $after ms"
	((after - $2 < AWAY * 1000 / 2)) ||
		die_fail "$1, away for $AWAY s, it counts $((after - $2)) ms more as stolen"
}

# slowly FILE: half of it through FILE.slow, and the rest when the new domain has waited.
slowly() {
	local half=$(($(stat -c %s "$1") / 2))
	mkfifo "$1.slow"
	{ head -c "$half" "$1"; sleep $AWAY; tail -c +$((half + 1)) "$1"; } >"$1.slow" &
}

# held_back FILE: take so long to read the image that FILE is a pipe for.
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
