# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts with two hosts, a and b (tests/nest/run -2): `. /nest/pair.sh`, after lib.sh. The
# script runs on a, and guests start there. A guest keeps its address when it moves, because each
# host has a bridge with the same wire. tcp-peer, to which guests connect, stays on a. One guest
# can have a disk: both hosts have the same disk, /dev/vda.

# shellcheck disable=SC2154 # lib.sh numbers guests
ip_of() { echo "10.77.0.$((10 + number[$1]))"; }
peer_of() { echo 10.77.0.1; }
guest_disk() {
	ln -sf /dev/vda "$1.disk"
	echo /dev/vda
}
consoles_of() { ls -t /out/{a,b,before-*/b}/guests/guest-"$1"{,--incoming}.log 2>/dev/null || true; }

# Accept any host key, because no other machine is on the wire. Keepalives show within seconds
# that a peer has gone.
ssh='dbclient -y -y -K 2'
other() { [ "$1" = a ] && echo b || echo a; }

# on HOST COMMAND...: have a shell on HOST run COMMAND. The shell exits explicitly with the
# command's status: if the remote process is killed by a signal, dbclient would return 0.
on() {
	if [ "$1" = a ]; then
		bash -c "${*:2}"
	else
		# shellcheck disable=SC2086 # words
		timeout 60 $ssh b "${*:2}"$'\nexit $?' 2>>"$OUT/ssh.log"
	fi
}

# xl_on HOST SECONDS ARGS...: as xl_try, on HOST.
xl_on() {
	local host=$1 seconds=$2 status=0
	shift 2
	[ "$host" != a ] || { xl_try "$seconds" "$@"; return; }
	echo "+ xl $*" >>"$OUT/xl.log"
	# shellcheck disable=SC2086 # words
	$ssh b "timeout $seconds xl ${*@Q}"$'\nexit $?' >>"$OUT/xl.log" 2>&1 || status=$?
	return "$(timely "$status")"
}

# b_is_up: wait until host b answers, and set its clock to that of a, with an error of at most a
# tenth of a second or so.
b_is_up() {
	within 120 on b true || die_error "host b does not answer"
	on b "read -r now && date -s @\$now" < <(on_the_second 3) >/dev/null || die_error "host b's clock cannot be set"
}

# on_the_second N: wait until the Nth second from now begins, and print its number.
on_the_second() {
	local then=$((EPOCHSECONDS + $1))
	while [ "$EPOCHSECONDS" -lt "$then" ]; do sleep 0.02; done
	echo "$then"
}

# mains off|on: switch the power of host b off at once, or on. While it is off there is a file
# /run/mains-off, because a background process may call this function.
mains() {
	[ "$1" = on ] || touch /run/mains-off
	echo "$1" >/out/mains.new
	mv /out/mains.new /out/mains
	within 30 test ! -e /out/mains || die_error "host b's power is not $1"
	if [ "$1" = on ]; then
		b_is_up
		rm /run/mains-off
	fi
	say "host b is $1"
}

# doubt: wait before a verdict if host b does not answer although its power is on. Its emulator
# may hang. tests/nest/run needs two minutes to detect this, and reports the hang instead of the
# verdict.
doubt() { [ -e /run/mains-off ] || on b true || sleep 180; }

# names_on HOST NAME: print the names of all domains of the guest NAME on HOST.
names_on() { on "$1" "xl list" | awk -v name="$2" 'NR > 1 && ($1 == name || index($1, name "--") == 1) { print $1 }'; }

# guest_only_on HOST NAME: wait until the guest is on HOST, and no domain of it is on the other
# host.
guest_only_on() {
	within 60 is "$2" names_on "$1" "$2" || die_fail "$2 is not on $1, which has: $(names_on "$1" "$2" | xargs)"
	[ ! -e /run/mains-off ] || return 0
	within 60 is '' names_on "$(other "$1")" "$2" ||
		die_fail "$2 is on $1, but the other host has: $(names_on "$(other "$1")" "$2" | xargs)"
}

# guest_moves NAME HOST: migrate the guest live from the other host to HOST, and wait until it
# answers.
guest_moves() {
	local status=0
	xl_on "$(other "$2")" 900 migrate -s "$ssh" "$1" "$2" || status=$?
	[ "$status" != 124 ] || die_fail "xl migrate does not end"
	[ "$status" = 0 ] || die_fail "xl migrate: $(xl_complaint)"
	guest_up "$1"
	guest_only_on "$2" "$1"
}

# guest_stays NAME REASON [SSH]: check that xl migrate to b fails with status 1 and prints REASON,
# and that the guest continues on a. An xl that hangs and must be killed is a failure. The remote
# xl writes to a file first, because both xl write a line in pieces, which would mix.
guest_stays() {
	local status=0
	xl_on a 900 migrate -s "${3:-$ssh} 2>far.log" "$1" b || status=$?
	cat far.log >>"$OUT/xl.log"
	case $status in
	0) die_fail "xl migrate succeeds" ;;
	1) xl_says "$2" || die_fail "xl migrate does not print '$2': $(xl_complaint)" ;;
	124) die_fail "xl migrate does not end" ;;
	*) die_fail "xl migrate: status $status: $(xl_complaint)" ;;
	esac
	guest_up "$1"
	guest_well "$1"
}

b_is_up
