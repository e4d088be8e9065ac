#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# chrony.sh OPTION...: chronyd in a guest keeps its clock by dom0's. The guest is saved, and
# restored half a minute later; then an hour later, by dom0's clock, which is put forward
# meanwhile; then an hour earlier.
#
# Tested: whether the kernel gives a restored guest a clock that its time daemon can go on
# with at once. What was wrong before (D25): where the clock of the host was behind the
# guest's, that kept its own, and the daemon needs hours to bring it back. An HVM guest
# still does: chronyd has the kernel set the RTC, which moves the wall clock that Xen shows
# it. So that is not asked of it (chrony-rtc).
# Decides: by dom0's clock, the guest's is right to 100 ms, as far as asking can tell, as
# soon as it answers, and when chronyd has measured eight times more. That is the same
# process, with what it was told at first, sets the clock again, and never steps it. What
# it measures at first is not judged: after an hour, it takes its own slew to have gone
# on for an hour.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

# serve_time: by a clock that is right, whatever it shows.
serve_time() {
	echo root:x:0:0::/: >/etc/passwd
	printf '%s\n' "local stratum 1" "allow 10.0.0.0/8" "bindcmdaddress /" >server.conf
	mkdir -p /run/chrony
	chronyd -x -u root -f "$PWD/server.conf" -l "$OUT/server.log"
}

# As Debian configures it, but for asking each second or so.
client="'server 10.0.1.1 iburst minpoll 0 maxpoll 2' 'makestep 1 3' rtcsync 'logdir /tmp'"
client+=" 'log measurements tracking' 'bindcmdaddress /' 'pidfile /tmp/chronyd.pid'"
keep_time() {
	in_guest g "mkdir -p /etc; echo root:x:0:0::/: >/etc/passwd; printf '%s\n' $client >/tmp/client.conf" >/dev/null
	in_guest g "/tmp/chronyd -u root -f /tmp/client.conf -l /tmp/chronyd.log" >/dev/null
}

# entries LOG: what chronyd has noted there, of dom0.
entries() { in_guest g "grep ' 10.0.1.1 ' /tmp/$1.log 2>/dev/null || true"; }
count() { entries "$1" | wc -l; }
has_more() { [ "$(count "$1")" -gt "$2" ]; }

steps() { in_guest g "grep -c stepped /tmp/chronyd.log || true"; }

# away WHAT COMMAND...: saved, until that is done.
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

# Xen may have the time of day from another second than dom0.
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
