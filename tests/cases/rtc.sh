#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rtc.sh OPTION...: an HVM guest whose toolstack puts its RTC, and the wall clock that Xen
# shows it, back by an hour at each restore, as `localtime` may. The guest's own clock is
# right, and it knows it, so that it sets its RTC.
#
# Tested: clocks are right after a restore, which undoes that, also where the guest has set
# its RTC again since, and where it has not; and after a checkpoint, which leaves it. On a
# host whose clock is another, REALTIME is late by the time away, and that is all. What was
# wrong before (D25): a wall clock that is behind was not followed, so that it is always.
# Decides: by dom0's clocks, from which the guest's are as far as they were at first.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

AWAY=10 HOUR=3600

# sets_rtc: by what time it is, as with NTP.
sets_rtc() { in_guest g /tmp/synced >/dev/null; }

# save_restore [COMMAND...]: which is done while it is away.
save_restore() {
	guest_save g image
	"$@"
	sleep $AWAY
	guest_restore image
}

is_right() {
	guest_up g
	# As Linux does every 11 minutes in dom0; then this would be another clock.
	(($(uptime) - set_clock < 600000)) || die_error "so slow that dom0 has set Xen's clock"
	look g
	blame=D25
	stays REALTIME "$1"
	stays BOOTTIME "$1"
	blame=
}

# is_late: by no more than what it took.
is_late() {
	local low high
	guest_up g
	look g
	read -r low high <<<"$(moved REALTIME)"
	say "another host: REALTIME moved by $low to $high ms"
	((low <= 1000 + NEAR && high >= begin - $(uptime) - NEAR)) ||
		die_fail "on another host, REALTIME moved by $(((low + high) / 2)) ms"
}

guest_config g "$@" "line=rtc_timeoffset='-$HOUR'"
put_clock 0
set_clock=$(uptime)
guest_start g
guest_true g "test -e /sys/class/rtc/rtc0" || die_error "g has no RTC"
guest_program g synced
look g
((most[REALTIME] < -HOUR * 1000 / 2)) ||
	die_error "the RTC has the guest's clock be ahead by ${most[REALTIME]} ms"
in_guest g "date -s @$EPOCHSECONDS" >/dev/null
look g
remember
sets_rtc
save_restore
is_right restore
save_restore
is_right "once more"
sets_rtc
guest_checkpoint g image
is_right checkpoint
save_restore
is_right "set again"
sets_rtc
# Less than a second off, but not by a ns what it was.
begin=$(uptime)
save_restore put_clock 0
is_late
guest_end g
