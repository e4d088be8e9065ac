#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clocks.sh OPTION...: what the guest's clocks and timers make of it to be away: for a
# save and a restore, a checkpoint, a live migration, and where the host's clock has been
# set back by an hour meanwhile, and ahead by one; and where a host that is ahead by an
# hour, which the guest is not, is left for one that is right.
#
# Tested: after a restore REALTIME is the new host's, also if it was off by a second, and
# after a checkpoint what it was. Nothing else goes back. BOOTTIME counts the time away,
# MONOTONIC does not. Timers keep what their man pages promise (away.c). An HVM guest whose
# clock NTP keeps has set its RTC, and keeps REALTIME where the wall clock goes back: it is
# late by the time away. What was wrong before (D25): a wall clock that is behind was not
# followed, and up to two seconds that REALTIME had moved by were undone, at each suspend.
# Decides: by dom0's clocks, as far as 100 ms, and what else asking may be in error by.
# Leaves clocks.table, by which the documentation says what clocks do.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

AWAY=10 HOUR=3600

# --- What makes a guest be away

# save_restore [SECONDS]: by which the host's clock is set meanwhile.
save_restore() {
	guest_save g image
	gone=$(uptime)
	[ $# = 0 ] || put_clock "$1"
	sleep $AWAY
	back=$(uptime)
	guest_restore image
}

# astray: the guest's clock is behind by less than a second, which is what timekeeping takes
# for rounding; not by much less. It is set to a whole second, and how long asking takes
# counts, so try at other fractions of a second. Where it is set back instead, timers of
# REALTIME may have expired before. One that was slow to boot may have been further behind:
# what it was then counts no more.
astray() {
	local tenth
	for tenth in 5 4 3 2 1 0 9 8 7 6; do
		until [[ ${EPOCHREALTIME#*.} == "$tenth"* ]]; do sleep 0.02; done
		in_guest g "date -s @$EPOCHSECONDS" >/dev/null
		look g
		((least[REALTIME] < -1000 || most[REALTIME] > -300)) && continue
		unset "clock_start[g]"
		return 0
	done
	die_error "g's clock is ahead by ${least[REALTIME]} to ${most[REALTIME]} ms after ten tries"
}

# Whoever reads the image takes his time to begin.
checkpoint() {
	rm -f pipe
	mkfifo pipe
	{ sleep $AWAY; cat >/dev/null; } <pipe &
	xl_must 90 save -c g pipe
}

migrate() { guest_migrate g; }

is_hvm() { grep -q "^type='hvm'" g.cfg; }

# host_ahead: by an hour. The guest is right, and knows it, so that it sets its RTC, if it
# has one: then the wall clock that Xen shows it is not the host's.
host_ahead() {
	put_clock $HOUR
	! is_hvm || guest_true g "test -e /sys/class/rtc/rtc0" || die_error "g has no RTC"
	in_guest g /tmp/synced >/dev/null
}

# --- What is to come of it

# away_by WHAT: what MONOTONIC did not count, in 1/10 s: not less than the guest was saved
# for, and not more than all of it took.
away_by() {
	local low high
	read -r low high <<<"$(moved MONOTONIC)"
	((-high <= end - begin + NEAR)) || die_fail "$1: MONOTONIC lost $((-high)) ms in $((end - begin))"
	((-low >= back - gone - NEAR)) || die_fail "$1: MONOTONIC counted $((back - gone + low)) ms of the time away"
	echo $(((-low - high) / 200))
}

# tenths N: with a point.
tenths() { printf '%s%d.%d' "$2" $((${1#-} / 10)) $((${1#-} % 10)); }

# write_table WHAT AWAY: a line for each clock, as away.c saw them. To leave a host that is
# ahead is for the guest what `back` is, except that REALTIME is right all along.
write_table() {
	local clock ms sign
	while read -r clock _ ms _; do
		sign=+
		((ms > -50)) || sign=-
		echo "$clock $1 $(tenths $(((${ms#-} + 50) / 100)) $sign) s away $(tenths "$2" '') s"
	done < <(grep ' gap ' "$OUT/away.$1") >>"$OUT/clocks.table"
}

# goes_away WHAT COMMAND...
goes_away() {
	local what=$1 away
	shift
	in_guest g "rm -f /tmp/away.out*; /tmp/away /tmp/away.out" >/dev/null
	look g
	remember
	begin=$(uptime) gone=0 back=0
	"$@"
	guest_up g
	end=$(uptime)
	look g
	in_guest g "touch /tmp/away.out.over" >/dev/null
	within 90 guest_true g "test -e /tmp/away.out" || die_error "away does not come to an end"
	in_guest g "cat /tmp/away.out" >"$OUT/away.$what"
	away=$(away_by "$what")
	[ "$what" = left ] || write_table "$what" "$away"
	say "$what: away for $(tenths "$away" '') s"
	is_right "$what"
}

# is_kept WHAT: dom0's clock went back by an hour since, and REALTIME did not.
is_kept() {
	local low=${least[REALTIME]} high=${most[REALTIME]}
	say "$1: REALTIME is ahead by $low to $high ms"
	((low <= NEAR && high >= begin - end - NEAR)) ||
		die_fail "$1: REALTIME is off by $(((low + high) / 2)) ms"
}

is_right() {
	local complaint
	blame=D25
	case $1 in
	checkpoint) stays REALTIME "$1" ;;
	left) if is_hvm; then is_kept "$1"; else is_hosts "$1"; fi ;;
	*) is_hosts "$1" ;;
	esac
	case $1 in
	back|forward|left) ;;
	*) stays BOOTTIME "$1" ;;
	esac
	blame=
	complaint=$(grep -m 1 ^FAIL "$OUT/away.$1") || true
	[ -z "$complaint" ] || die_fail "$1: ${complaint#FAIL }"
	guest_well g
	# A slow machine has the kernel skip a test for skew, and say so.
	complaint=$(grep -aiE 'clocksource.*(skew|unstable)|timekeeping: ' "$(console_of g)" |
		grep -v -m 1 'skew test skipped' | tr -d '\r') || true
	[ -z "$complaint" ] || die_fail "$1: g's console: $complaint"
}

guest_config g "$@" work=timers
# What Xen has for the time of day is dom0's from here on.
put_clock 0
guest_start g
guest_program g away
guest_program g synced
astray
goes_away restore save_restore
astray
goes_away checkpoint checkpoint
goes_away migrate migrate
goes_away back save_restore -$HOUR
goes_away forward save_restore $HOUR
host_ahead
goes_away left save_restore -$HOUR
cat "$OUT/clocks.table"
guest_end g
