#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clones.sh [uptime=SECONDS] OPTION...: restore clones of one guest, CYCLES times, at least twice.
# Each third clone and the last are from a checkpoint, the others from a save of the guest after
# the checkpoint.
#
# Tested: no two clones draw the same random numbers, from the first draw after the restore. The
# guest that continued after the checkpoint draws other numbers, too. Defect D24: with the stock
# kernel, all of them draw the same numbers.
# Decides: same-draws.c finds no number that two clones drew after their restores. In each clone,
# the program draws.c draws all the time, on each vCPU and from each source. Each clone has
# generation 1 and a different id.
#
# The guest has no RDRAND. After boot, the kernel reseeds every few seconds, which would hide equal
# draws. So the case first waits until the guest has been up for SECONDS.
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

# is_drawing: start draws in the guest, and wait until the kernel has enough entropy. draws occupies
# all vCPUs, so raise the priority of init, which answers the case's requests.
is_drawing() {
	in_guest g "! grep -qwE 'rdrand|rdseed' /proc/cpuinfo" >/dev/null
	guest_program g draws
	in_guest g "/tmp/draws /tmp/draws.report && renice -n -10 -p \$(pidof init)" >/dev/null
	within 180 guest_true g "test -e /tmp/draws.report.on" ||
		die_error "nothing is drawn after $(guest_uptime) s: $(draws_log)"
	say "draws, after $(guest_uptime) s"
}

# settled: succeed if the guest has been up for $uptime seconds; if not, sleep 5 s.
settled() {
	local now
	now=$(guest_uptime)
	((now >= uptime)) || { sleep 5; return 1; }
}

# identity: print the guest's generation and id, or - if its kernel has neither.
identity() { in_guest g "cd /sys/hypervisor/suspend 2>/dev/null && echo \$(cat generation id) || echo -"; }

# stop: the command that ends draws in the guest and prints its report.
stop='killall -USR1 draws; while pidof draws >/dev/null; do sleep 0.1; done; cat /tmp/draws.report'

# clone N IMAGE: restore a clone from IMAGE, write its draws to report.N, append its generation and
# id to the file identities, and destroy the clone.
clone() {
	guest_restore "$2"
	guest_up g
	walk_right g
	ask -t 90 "$(ip_of g)" exec "$stop" >"report.$1" || die_error "no report of clone $1: $(draws_log)"
	identity >>identities
	guest_destroy g
	say "$1/$clones restored of the $2"
}

# judge: fail if same-draws finds equal draws. Write the counts of each source to draws.table.
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
	clone "$i" "$( ((i % 3 && i < clones)) && echo save || echo checkpoint)"
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
