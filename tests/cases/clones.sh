#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clones.sh [uptime=SECONDS] OPTION...: one image restored CYCLES times, each
# third time that of a checkpoint; at least twice.
#
# Tested: a restored guest draws random numbers that no other guest draws which was
# restored of that image, nor the one that went on after the checkpoint, from the first
# that a program draws on. What was wrong before (D24): all of them drew the same.
# Decides: by what a program (draws.c) drew that never stops drawing, on each vCPU and in
# each way that there is; same-draws.c compares. And where the guest tells its
# generation and id, by these.
#
# The guest has no RDRAND, and has been up for so long that the kernel does not reseed by
# itself every few seconds, as it does after boot.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

uptime=130 options=()
for option in "$@"; do
	case $option in
	uptime=*) uptime=${option#*=} ;;
	*) options+=("$option") ;;
	esac
done
clones=$((CYCLES > 2 ? CYCLES : 2))

guest_uptime() { in_guest g "cut -d. -f1 /proc/uptime"; }
draws_log() { in_guest g "tail -n 1 /tmp/draws.log"; }

# is_drawing: start what draws, and wait until the kernel has enough for a start. Whoever
# answers goes before what draws, or answers take long with all vCPUs busy.
is_drawing() {
	in_guest g "! grep -qwE 'rdrand|rdseed' /proc/cpuinfo" >/dev/null
	guest_program g draws
	in_guest g "/tmp/draws /tmp/draws.report && renice -n -10 -p \$(pidof init)" >/dev/null
	within 180 guest_true g "test -e /tmp/draws.report.on" ||
		die_error "nothing is drawn after $(guest_uptime) s: $(draws_log)"
	say "draws, after $(guest_uptime) s"
}

# settled: up for long enough.
settled() {
	local now
	now=$(guest_uptime)
	((now >= uptime)) || { sleep 5; return 1; }
}

# identity: generation and id, or - where there is no such thing.
identity() { in_guest g "cd /sys/hypervisor/suspend 2>/dev/null && echo \$(cat generation id) || echo -"; }

# Have it stop, and tell what it drew.
stop='killall -USR1 draws; while pidof draws >/dev/null; do sleep 0.1; done; cat /tmp/draws.report'

# clone N IMAGE: what it drew is report.N, and who it is goes to the list of identities.
clone() {
	guest_restore "$2"
	guest_up g
	walk_right g
	ask -t 90 "$(ip_of g)" exec "$stop" >"report.$1" || die_error "no report of clone $1: $(draws_log)"
	identity >>identities
	guest_destroy g
	say "$1/$clones restored of the $2"
}

# judge: are any draws the same? What of each source is, goes to draws.table.
judge() {
	local status=0
	"$JOB/same-draws" report.* >said 2>"$OUT/same-draws.log" || status=$?
	grep ' | ' said >"$OUT/draws.table" || true
	while read -r line; do say "$line"; done <"$OUT/draws.table"
	case $status in
	0) ;;
	1) die_fail "$(tail -n 1 said)" ;;
	*) die_error "$(tail -n 1 "$OUT/same-draws.log")" ;;
	esac
}

guest_config g "${options[@]}" line='cpuid="host,rdrand=0,rdseed=0"'
guest_start g
is_drawing
within 300 settled || die_error "up for $(guest_uptime) s only"
guest_checkpoint g checkpoint
guest_up g
walk_right g
guest_save g save
for ((i = 1; i <= clones; i++)); do
	clone "$i" "$( ((i % 3)) && echo save || echo checkpoint)"
done
blame=D24
judge
blame=
console_clean g
[ "$(cut -d' ' -f1 identities | sort -u)" = 1 ] ||
	die_fail "generations after one restore each: $(cut -d' ' -f1 identities | tr '\n' ' ')"
[ "$(cut -d' ' -f2 identities | sort -u | wc -l)" = "$clones" ] ||
	die_fail "ids that are the same: $(cut -d' ' -f2 identities | sort | uniq -d | tr '\n' ' ')"
say "result: $clones clones, of $(awk -F' [|] ' '{ n += $3 } END { print n }' "$OUT/draws.table") draws none equal"
