#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# chrony.sh OPTION...: chronyd in a guest sets the guest's clock by dom0's clock. The guest is saved
# and restored three times: half a minute later; after dom0's clock was set forward by an hour; and
# after dom0's clock was set back by an hour.
#
# Tested: after a restore, the kernel sets the clock so that chronyd can continue at once. Defect
# D25: if the host's clock is behind the guest's, the stock kernel keeps the guest's time, and
# chronyd needs hours to correct the clock. Our kernel still does so in an HVM guest: chronyd makes
# the kernel set the RTC, which moves the wall clock that Xen shows the guest. So for HVM guests
# (chrony-rtc), the case does not set dom0's clock back.
# Decides: the guest's clock differs from dom0's by at most 100 ms, plus the error of the query, as
# soon as the guest answers, and again after chronyd has made more than eight measurements. The
# same chronyd process then sets the clock again, and never steps it. The case does not judge the
# first measurements: after an hour, chronyd assumes that its slew has continued for this hour.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

# serve_time: run chronyd in dom0 as a time server that takes dom0's clock as right, and never sets
# this clock (-x).
serve_time() {
	echo root:x:0:0::/: >/etc/passwd
	printf '%s\n' "local stratum 1" "allow 10.0.0.0/8" "bindcmdaddress /" >server.conf
	mkdir -p /run/chrony
	chronyd -x -u root -f "$PWD/server.conf" -l "$OUT/server.log"
}

# chronyd in the guest has Debian's configuration, but queries dom0 every 1 to 4 s.
client="'server 10.0.1.1 iburst minpoll 0 maxpoll 2' 'makestep 1 3' rtcsync 'logdir /tmp'"
client+=" 'log measurements tracking' 'bindcmdaddress /' 'pidfile /tmp/chronyd.pid'"
keep_time() {
	in_guest g "mkdir -p /etc; echo root:x:0:0::/: >/etc/passwd; printf '%s\n' $client >/tmp/client.conf" >/dev/null
	in_guest g "/tmp/chronyd -u root -f /tmp/client.conf -l /tmp/chronyd.log" >/dev/null
}

# entries LOG: print the lines about dom0 (10.0.1.1) in chronyd's LOG.
entries() { in_guest g "grep ' 10.0.1.1 ' /tmp/$1.log 2>/dev/null || true"; }
count() { entries "$1" | wc -l; }
has_more() { [ "$(count "$1")" -gt "$2" ]; }

steps() { in_guest g "grep -c stepped /tmp/chronyd.log || true"; }

# away WHAT COMMAND...: save the guest, run COMMAND, restore the guest, and check its clock.
away() {
	local what=$1 measured updated stepped
	shift
	stepped=$(steps)
	guest_save g image
	"$@"
	guest_restore image
	guest_up g
	look g
	is_hosts "$what, at once"
	measured=$(count measurements) updated=$(count tracking)
	within 120 has_more measurements $((measured + 8)) || die_fail "$what: chronyd measures no more"
	has_more tracking "$updated" || die_fail "$what: chronyd does not set the clock any more"
	in_guest g "cat /tmp/chronyd.log" >"$OUT/chronyd.log"
	entries measurements >"$OUT/measurements"
	look g
	is_hosts "$what, after chronyd has measured"
	[ "$(steps)" = "$stepped" ] || die_fail "$what: chronyd stepped the clock"
	console_clean g
}

# Xen's time of day may differ from dom0's. Setting dom0's clock makes both equal.
put_clock 0
guest_config g work=mem "$@"
guest_start g
guest_tool g /usr/sbin/chronyd
serve_time
keep_time
within 120 has_more tracking 10 || die_error "chronyd does not set the clock"
away "half a minute" sleep 30
away "an hour" put_clock 3600
blame=D25
grep -q "^type='hvm'" g.cfg || away "an hour back" put_clock -3600
