#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rtc.sh OPTION...: an HVM guest whose toolstack sets its RTC, and the wall clock that Xen shows
# it, back by an hour at each restore, as `localtime` may do. The guest's own clock is right and
# synchronized, so its kernel sets the RTC.
#
# Tested: the guest does not follow its wall clock back. A restore undoes what the guest has set.
# Then REALTIME is late by the time away, and not by more. If the guest has not set its RTC since
# the last restore, its clocks are right after the next one. They are also right after a
# checkpoint.
# Decides: the distance of the guest's clocks to dom0's does not change, except as described.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

AWAY=10 HOUR=3600

# sets_rtc: mark the guest's clock as synchronized, as NTP does, so that the kernel sets the RTC.
# Note the time.
sets_rtc() {
	in_guest g /tmp/synced >/dev/null
	rtc_set=$(uptime)
}

save_restore() {
	guest_save g image
	sleep $AWAY
	guest_restore image
}

# goes COMMAND...: run COMMAND, and look at the clocks before and afterwards.
goes() {
	look g
	remember
	begin=$(uptime)
	"$@"
	guest_up g
	# The kernel sets the RTC every 11 minutes. After a second time, the restore would undo
	# this, and the test would expect the wrong result.
	(($(uptime) - rtc_set < 600000)) || die_error "so slow that the guest has set its RTC again"
	look g
}

is_right() {
	stays REALTIME "$1"
	stays BOOTTIME "$1"
}

# is_late WHAT: check that REALTIME is late by no more than the time that the command took.
is_late() {
	local low high
	read -r low high <<<"$(moved REALTIME)"
	say "$1: REALTIME moved by $low to $high ms"
	((low <= NEAR && high >= begin - $(uptime) - NEAR)) ||
		die_fail "$1: REALTIME moved by $(((low + high) / 2)) ms against the host's clock"
}

guest_config g "$@" "line=rtc_timeoffset='-$HOUR'"
put_clock 0
guest_start g
guest_true g "test -e /sys/class/rtc/rtc0" || die_error "g has no RTC"
guest_program g synced
look g
((most[REALTIME] < -HOUR * 1000 / 2)) ||
	die_error "the RTC has the guest's clock be ahead by ${most[REALTIME]} ms"
in_guest g "date -s @$EPOCHSECONDS" >/dev/null
sets_rtc
goes save_restore
is_late restore
goes save_restore
is_right "once more"
sets_rtc
goes guest_checkpoint g image
is_right checkpoint
goes save_restore
is_late "set again"
guest_end g
