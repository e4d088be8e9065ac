# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts of two hosts, a and b (tests/nest/run -2), which run on a: `. /nest/pair.sh`,
# after lib.sh. Guests start on a. They keep their addresses when they move, as both hosts
# are bridges on one wire; who they talk to, tcp-peer, stays on a. One of them can have a
# disk, which both hosts have.

# shellcheck disable=SC2154 # lib.sh numbers guests
ip_of() { echo "10.77.0.$((10 + number[$1]))"; }
peer_of() { echo 10.77.0.1; }
guest_disk() {
	ln -sf /dev/vda "$1.disk"
	echo /dev/vda
}
consoles_of() { ls -t /out/{a,b,before-*/b}/guests/guest-"$1"{,--incoming}.log 2>/dev/null || true; }

# There is nobody else on that wire. Who is gone is noticed in seconds.
ssh='dbclient -y -y -K 2'
other() { [ "$1" = a ] && echo b || echo a; }

# on HOST COMMAND...: as a shell there takes it. The shell ends by itself, whatever ends the
# command: dbclient's status is 0 if that is a signal.
on() {
	if [ "$1" = a ]; then
		bash -c "${*:2}"
	else
		# shellcheck disable=SC2086 # words
		timeout 60 $ssh b "${*:2}"$'\nexit $?' 2>>"$OUT/ssh.log"
	fi
}

# xl_on HOST SECONDS ARGS...: as xl_try.
xl_on() {
	local host=$1 seconds=$2 status=0
	shift 2
	[ "$host" != a ] || { xl_try "$seconds" "$@"; return; }
	echo "+ xl $*" >>"$OUT/xl.log"
	# shellcheck disable=SC2086 # words
	$ssh b "timeout $seconds xl ${*@Q}"$'\nexit $?' >>"$OUT/xl.log" 2>&1 || status=$?
	return "$(timely "$status")"
}

# b_is_up: it answers, and its clock is right to a tenth of a second or so.
b_is_up() {
	within 120 on b true || die_error "host b does not answer"
	on b "read -r now && date -s @\$now" < <(on_the_second 3) >/dev/null || die_error "host b's clock cannot be set"
}

# on_the_second N: which it is, once the Nth from now begins.
on_the_second() {
	local then=$((EPOCHSECONDS + $1))
	while [ "$EPOCHSECONDS" -lt "$then" ]; do sleep 0.02; done
	echo "$then"
}

# mains off|on: of host b, at once. A file says so, as what runs in the background may do it.
mains() {
	[ "$1" = on ] || touch /run/mains-off
	echo "$1" >/out/mains.new
	mv /out/mains.new /out/mains
	within 30 test ! -e /out/mains || die_error "host b's mains are not $1"
	if [ "$1" = on ]; then
		b_is_up
		rm /run/mains-off
	fi
	say "host b is $1"
}

# An emulator that hangs is the runner's to find, and takes it two minutes.
doubt() { [ -e /run/mains-off ] || on b true || sleep 180; }

# names_on HOST NAME: of what is there of guest NAME.
names_on() { on "$1" "xl list" | awk -v name="$2" 'NR > 1 && ($1 == name || index($1, name "--") == 1) { print $1 }'; }

# guest_only_on HOST NAME: soon, it is there, and nothing of it is on the other.
guest_only_on() {
	within 60 is "$2" names_on "$1" "$2" || die_fail "$2 is not on $1, which has: $(names_on "$1" "$2" | xargs)"
	[ ! -e /run/mains-off ] || return 0
	within 60 is '' names_on "$(other "$1")" "$2" ||
		die_fail "$2 is on $1, and on the other host there is: $(names_on "$(other "$1")" "$2" | xargs)"
}

# guest_moves NAME HOST: live, from where it is, until it answers.
guest_moves() {
	local status=0
	xl_on "$(other "$2")" 900 migrate -s "$ssh" "$1" "$2" || status=$?
	[ "$status" != 124 ] || die_fail "xl migrate does not end"
	[ "$status" = 0 ] || die_fail "xl migrate: $(xl_complaint)"
	guest_up "$1"
	guest_only_on "$2" "$1"
}

# guest_stays NAME REASON [SSH]: xl migrate to b fails, by itself and saying REASON, and the
# guest goes on here. One that hangs until it is killed has failed, too, but not so. Both
# ends write a line by pieces, which would mix: what the far one says waits in a file.
guest_stays() {
	local status=0
	xl_on a 900 migrate -s "${3:-$ssh} 2>far.log" "$1" b || status=$?
	cat far.log >>"$OUT/xl.log"
	case $status in
	0) die_fail "xl migrate succeeds" ;;
	1) xl_says "$2" || die_fail "xl migrate does not say '$2': $(xl_complaint)" ;;
	124) die_fail "xl migrate does not end" ;;
	*) die_fail "xl migrate: status $status: $(xl_complaint)" ;;
	esac
	guest_up "$1"
	guest_well "$1"
}

b_is_up
