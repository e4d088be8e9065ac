#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clocks.sh OPTION...: compare a guest's clocks and timers before and after a save and restore, a
# checkpoint and a live migration; a restore after the host's clock was set back, or forward, by
# an hour; and a move from a host whose clock is an hour ahead of the guest's to a host whose clock
# is right.
#
# Tested: after a restore, REALTIME is the new host's, even if REALTIME was wrong by up to a second.
# After a checkpoint, REALTIME continues. No other clock goes back. BOOTTIME counts the time away,
# MONOTONIC does not. Timers do as their man pages describe (away.c). An HVM guest whose clock NTP
# synchronizes has set its RTC. If the wall clock goes back, such a guest keeps REALTIME, which is
# then late by the time away. Defect D25: the stock kernel does not follow a wall clock that is
# behind, and each suspend undoes corrections of REALTIME by up to two seconds.
# Decides: the guest's clocks differ from dom0's by at most 100 ms, plus the error of the query, and
# away.c reports no fault. The case writes clocks.table for the documentation.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

AWAY=10 HOUR=3600

# --- Operations during which the guest does not run

# save_restore [SECONDS]: save the guest, move dom0's clock by SECONDS, and restore 10 s later.
save_restore() {
	guest_save g image
	gone=$(uptime)
	[ $# = 0 ] || put_clock "$1"
	sleep $AWAY
	back=$(uptime)
	guest_restore image
}

# astray: set the guest's REALTIME behind dom0's by 300 to 1000 ms, which timekeeping takes for a
# rounding error. The program date sets whole seconds, and the request takes time, so try at other
# fractions of a second. If REALTIME were ahead, a restore would set it back, after timers of
# REALTIME may have expired. A guest that was slow to boot may have been further behind at boot, so
# forget the difference at boot (clock_start).
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

# checkpoint: keep the guest suspended for 10 s, by a reader of the image that starts to read late.
checkpoint() {
	rm -f pipe
	mkfifo pipe
	{ sleep $AWAY; cat >/dev/null; } <pipe &
	xl_must 90 save -c g pipe
}

migrate() { guest_migrate g; }

is_hvm() { grep -q "^type='hvm'" g.cfg; }

# host_ahead: set dom0's clock ahead by an hour. The guest's clock stays right, and synced.c marks
# this clock as synchronized, so that the kernel sets the guest's RTC, if any. Then Xen shows the
# guest another wall clock than the host's.
host_ahead() {
	put_clock $HOUR
	! is_hvm || guest_true g "test -e /sys/class/rtc/rtc0" || die_error "g has no RTC"
	in_guest g /tmp/synced >/dev/null
}

# --- Checks of the clocks and timers after these operations

# away_by WHAT: print the time that MONOTONIC did not count, in 1/10 s. Fail if this time is less
# than the time from save to restore, or more than the whole operation took.
away_by() {
	local low high
	read -r low high <<<"$(moved MONOTONIC)"
	((-high <= end - begin + NEAR)) || die_fail "$1: MONOTONIC lost $((-high)) ms in $((end - begin))"
	((-low >= back - gone - NEAR)) || die_fail "$1: MONOTONIC counted $((back - gone + low)) ms of the time away"
	echo $(((-low - high) / 200))
}

# tenths N SIGN: print SIGN, and N tenths as a decimal number.
tenths() { printf '%s%d.%d' "$2" $((${1#-} / 10)) $((${1#-} % 10)); }

# write_table WHAT AWAY: append a line for each clock to clocks.table, as away.c measured. The
# operation `left` gets no lines, because it gives the same as `back`, except that REALTIME is right
# before and after.
write_table() {
	local clock ms sign
	while read -r clock _ ms _; do
		sign=+
		((ms > -50)) || sign=-
		echo "$clock $1 $(tenths $(((${ms#-} + 50) / 100)) $sign) s away $(tenths "$2" '') s"
	done < <(grep ' gap ' "$OUT/away.$1") >>"$OUT/clocks.table"
}

# goes_away WHAT COMMAND...: run COMMAND while away.c in the guest observes clocks and timers, and
# check both.
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

# is_kept WHAT: fail unless REALTIME continued although dom0's clock was set back by an hour.
# REALTIME may be late by the time that the operation took.
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
	# On a slow machine, the kernel skips a test for skew, and prints so. Ignore this message.
	complaint=$(grep -aiE 'clocksource.*(skew|unstable)|timekeeping: ' "$(console_of g)" |
		grep -v -m 1 'skew test skipped' | tr -d '\r') || true
	[ -z "$complaint" ] || die_fail "$1: g's console: $complaint"
}

guest_config g "$@" work=timers
# Setting dom0's clock makes Xen's time of day equal to dom0's.
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
