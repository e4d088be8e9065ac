#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# refused.sh OPTION...: make each phase fail in each way.
#
# Tested: if a phase refuses, or takes too long, the guest continues, and the next suspend works.
# - After a permanent refusal (EIO), the guest gives the request up.
# - After a temporary one (ENOMEM, or EBUSY twice), the guest tries again until the suspend
#   succeeds.
# - A slow phase delays the suspend.
# - If a phase is slower than the toolstack waits, the toolstack withdraws the request, or the
#   guest gives up.
# Defects of the stock kernel: D1, D2, D3; and a hypercall that failed was taken for a checkpoint.
# Decides: the records of each attempt show the phases down to the one that refused, and the same
# phases up again. Every program continues, the console has no complaint, error/suspend names the
# phase, and the next suspend works. After each tenth cell, a save and a restore work.
#
# A cell is one phase and one way. CYCLES is the number of cells that are tried. If there are
# fewer cells, all are tried, as often as CYCLES allows completely. The first FIRST cells were
# tried by a run that was stopped.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

debug=/sys/kernel/debug/xen_suspend
tracing=/sys/kernel/tracing
patience=1200	# ms, for what is too slow
slow=2500	# ms

last() { in_guest g "cat $debug/last"; }
head_of() { head -n 1 <<<"$1"; }
count() { head_of "$(last)" | cut -d' ' -f2; }
inject() { in_guest g "echo >$tracing/trace; echo '$1' >$debug/inject" >/dev/null; }
patient() { in_guest g "echo $1 >/sys/module/xen_suspend/parameters/wait_ms" >/dev/null; }

# down: print the error and the name of each phase on the way down, from records on standard
# input.
down() { awk -F'\t' 'NR > 1 && $2 == "down" && $3 != "rendezvous" { print $4, $3 }'; }

# unwound RECORDS PHASE ERROR: check that the attempt went down to PHASE, which failed with ERROR,
# and no further. All phases above it must have come up again, in reverse order.
unwound() {
	diff <(cut -f2 phases | sed -e "/^$2\$/q" | sed -e '/^hypercall$/d' -e 's/^/0 /' -e "s/^0 $2\$/$3 $2/") \
			<(down <<<"$1") >"$OUT/unwound.diff" ||
		die_fail "$cell: not down to where it ended: $(down <<<"$1" | tr '\n' ',')"
	tail -n +2 <<<"$1" | awk -F'\t' '
		$3 == "rendezvous" { next }
		$2 == "down" && $4 == 0 { down[++n] = $3 }
		$2 == "up" { if ($3 != down[n--]) bad = 1 }
		END { exit bad || n != 0 }' ||
		die_fail "$cell: not unwound: $(tail -n +2 <<<"$1" | cut -f2-4 | tr '\t\n' ' ,')"
}

# ended COUNT HOW ERROR PHASE: wait until suspend number COUNT, or a later one, has ended like
# this. The guest may repeat a suspend by itself because a task was preempted.
ended() {
	local records
	within 40 has_ended "$@" || die_fail "$cell: not \"$2 $3 $4\", but: $(head_of "$(last)")"
	unwound "$records" "$4" "$3"
}

has_ended() {
	records=$(last)
	[[ $(head_of "$records") == suspend\ *\ "$2 $3 $4" ]] &&
		[ "$(head_of "$records" | cut -d' ' -f2)" -ge "$1" ]
}

# unwound_each TIMES ERROR PHASE: check that since inject() exactly TIMES attempts have failed
# with ERROR in PHASE, and were unwound. The records of an attempt that is repeated are only in
# the trace.
unwound_each() {
	local attempt times=0
	rm -f attempt.*
	in_guest g "cat $tracing/trace" | awk -F"'" '
		/ xen_suspend_phase: / {
			sub(/.*: /, "", $1); split($1, at, " "); split($3, was, /[ =]/)
			records = records at[1] "\t" at[2] "\t" $2 "\t" was[3] "\t" was[5] "\n"
		}
		/ xen_suspend_done: / {
			sub(/.*: /, "", $1); split($1, how, /[ =]/)
			file = "attempt." ++n
			printf "suspend %d %s %s %s\n%s", n, how[1], how[3], $2, records >file
			records = ""
		}'
	while read -r attempt; do
		unwound "$(cat "$attempt")" "$3" "$2"
		times=$((times + 1))
	done < <(grep -lx "suspend [0-9]* aborted $2 $3" attempt.*)
	[ $times = "$1" ] || die_fail "$cell: $times attempts ended in $2 $3, not $1: $(head -qn 1 attempt.* | tr '\n' ',')"
}

why() { within 5 has_reason g "$1" || die_fail "$cell: error/suspend: $(guest_reason g | grep . || echo nothing)"; }

# suspended COUNT: have a toolstack suspend the guest. This must succeed, as suspend number COUNT.
suspended() {
	suspend-guest "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || die_fail "$cell: $(tail -n 1 "$OUT/suspend.log")"
	ended "$1" cancelled 0 -
	why ''
}

# is_below PHASE: succeed if the phase is below "request", which acknowledges the request.
is_below() { sed '1,/\trequest$/d' phases | cut -f2 | grep -qxF "$1"; }

# The ways. Each function gets the phase as an argument. $n is the number of suspends so far.
for_good() {
	inject "error=-5 $1"
	guest_ask g suspend
	ended $((n + 1)) aborted -5 "$1"
	why "phase=\"$1\" error=-EIO time=*"
	guest_ask g ''
	suspended $((n + 2))
}
no_memory() {
	inject "error=-12 $1"
	suspended $((n + 2))
	unwound_each 1 -12 "$1"
}
busy_twice() {
	inject "error=-16 times=2 $1"
	suspended $((n + 3))
	unwound_each 2 -16 "$1"
}
is_slow() {
	inject "error=0 delay=$slow $1"
	suspended $((n + 1))
}
# In a phase above the acknowledgment, the toolstack withdraws the request; below it, the guest
# gives up. If the machine is so slow that the guest does not reach this phase, or does not notice
# the request, both get more time.
too_slow() {
	local status=0 more=$((${2:-0} + 1))
	patient $((patience * more))
	inject "error=0 delay=$((slow * more)) $1"
	suspend-guest -a $((patience * more)) -s $((slow * more + 2000)) "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || status=$?
	if [ $status = 1 ] && [ $more -lt 5 ] && ! within 20 differs "$n" count; then
		say "$cell: taken back before it was seen"
		inject ''
		too_slow "$1" $more
		return
	fi
	if [ $status = 1 ] && [ $more -lt 5 ] && is_below "$1"; then
		ended $((n + 1)) aborted -125 request
		inject ''
		n=$(count)
		too_slow "$1" $more
		return
	fi
	if [ $status = 1 ] && is_below "$1"; then
		die_error "$cell: it never gets there"
	fi
	case $status in
	1) ended $((n + 1)) aborted -125 request ;;
	3) ended $((n + 1)) aborted -62 deadline; why 'phase="deadline" error=-ETIME time=*' ;;
	*) die_fail "$cell: status $status: $(tail -n 1 "$OUT/suspend.log")" ;;
	esac
	patient 55000
	suspended $((n + 2))
}

guest_start_loaded g "$@"
guest_well g

# A bad name or word must be rejected, and must not be kept.
for bad in nonsense "error=5 noirq" "delay=9 syscore" "times=x noirq" "error=-5" "=-5 noirq"; do
	! ask -t 20 "$(ip_of g)" exec "echo '$bad' >$debug/inject" >/dev/null 2>&1 ||
		die_fail "inject takes \"$bad\""
	[ -z "$(in_guest g "cat $debug/inject")" ] || die_fail "inject keeps \"$bad\""
done

in_guest g "cd $tracing && echo global >trace_clock && echo 256 >buffer_size_kb && echo 1 >events/xen_suspend/enable" >/dev/null
cell="a checkpoint"
guest_checkpoint g image
last | awk -F'\t' '$2 == "down" && $3 != "rendezvous" { print $1 "\t" $3 }' >phases
printf 'hypercall\thypercall\n' >>phases
[ "$(wc -l <phases)" -ge 15 ] || die_error "too few phases: $(cut -f2 phases | tr '\n' ' ')"
while IFS=$'\t' read -r level phase; do
	printf '%s\t'"$phase"'\n' for_good no_memory busy_twice
	[ "$level" != thread ] || printf '%s\t'"$phase"'\n' is_slow too_slow
done <phases >cells

total=$(wc -l <cells)
done=$FIRST
cells=$((CYCLES < total ? CYCLES : CYCLES / total * total))
# Take steps, so that also a few cells include all ways and all tables. The hypercall comes first.
step=7
((total % step)) || step=11
for ((i = FIRST; i < cells; i++)); do
	line=$(((total - 3 + i * step) % total))
	IFS=$'\t' read -r way phase < <(sed -n "$((line + 1))p" cells)
	cell="$way \"$phase\""
	n=$(count)
	$way "$phase"
	guest_well g
	done=$((done + 1))
	say "$done/$cells $cell"
	if ((done % 10 == 0)); then
		guest_save_restore g image
		guest_well g
	fi
done
say "result: $cells cells, no guest lost"

guest_save_restore g image
guest_well g
guest_end g
