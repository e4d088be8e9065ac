# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts about time: `. /nest/clock.sh`, after lib.sh. The functions set dom0's clock, and
# compare a guest's clocks with it. NEAR is the error in ms that is accepted.
NEAR=100

# put_clock SECONDS: set dom0's clock ahead by SECONDS. Xen's wall clock, which guests read,
# changes with it.
put_clock() {
	date -s "@$((EPOCHSECONDS + $1))" >/dev/null || die_error "dom0's clock cannot be set"
}

# uptime: print dom0's uptime in ms. The kernel gives hundredths of a second, rounded down.
uptime() {
	local up
	read -r up _ </proc/uptime
	echo $((10#${up/./} * 10))
}

# look NAME: set least and most, by clock: by how many ms the guest's clock is ahead. REALTIME is
# compared with dom0's, MONOTONIC and BOOTTIME with dom0's uptime. A request takes time, and so
# does each process that is started for it, so 20 answers narrow the range.
declare -A least most
look() {
	local wall wall_then up up_then i clock ip
	ip=$(ip_of "$1")
	for clock in REALTIME MONOTONIC BOOTTIME; do
		least[$clock]=-1000000000000000 most[$clock]=1000000000000000
	done
	for ((i = 0; i < 20; i++)); do
		read -r up _ </proc/uptime
		wall=${EPOCHREALTIME/./}
		ask -t 60 "$ip" clock >answer || die_fail "$1 does not report its clocks"
		wall_then=${EPOCHREALTIME/./}
		read -r up_then _ </proc/uptime
		narrow "$(<answer)" $((wall / 1000)) $((10#${up/./} * 10)) $((wall_then / 1000 + 1)) $((10#${up_then/./} * 10 + 10))
	done
	for clock in REALTIME MONOTONIC BOOTTIME; do
		((most[$clock] - least[$clock] < 500)) ||
			die_error "the answers do not show $clock to half a second"
	done
}

# narrow CLOCKS WALL UPTIME WALL UPTIME: narrow least and most by one answer, CLOCKS. WALL and
# UPTIME are dom0's, before and after the request.
narrow() {
	local real mono boot
	read -r real mono boot <<<"$1"
	narrow_one REALTIME $((real / 1000000)) "$2" "$4"
	narrow_one MONOTONIC $((mono / 1000000)) "$3" "$5"
	narrow_one BOOTTIME $((boot / 1000000)) "$3" "$5"
}
narrow_one() {
	((least[$1] >= $2 - $4)) || least[$1]=$(($2 - $4))
	((most[$1] <= $2 - $3 + 1)) || most[$1]=$(($2 - $3 + 1))
}

# is_hosts WHAT: check that the last look found the guest's REALTIME equal to dom0's, within NEAR.
is_hosts() {
	local low=${least[REALTIME]} high=${most[REALTIME]}
	say "$1: REALTIME is ahead by $low to $high ms"
	((low <= NEAR && high >= -NEAR)) ||
		die_fail "$1: REALTIME is off by $(((low + high) / 2)) ms"
}

# remember: keep the result of the last look, for moved.
declare -A was_least was_most
remember() {
	local clock
	for clock in "${!least[@]}"; do
		was_least[$clock]=${least[$clock]} was_most[$clock]=${most[$clock]}
	done
}

# moved CLOCK: print by how many ms, at least and at most, CLOCK has moved against dom0's since
# remember.
moved() { echo "$((least[$1] - was_most[$1])) $((most[$1] - was_least[$1]))"; }

# stays CLOCK WHAT: check that CLOCK has not moved against dom0's since remember, also if the
# guest was saved meanwhile.
stays() {
	local low high
	read -r low high <<<"$(moved "$1")"
	say "$2: $1 moved by $low to $high ms"
	((low <= NEAR && high >= -NEAR)) ||
		die_fail "$2: $1 moved by $(((low + high) / 2)) ms against the host's clock"
}
