#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ipis.sh OPTION...: an IPI that was pending at a save arrives after the restore, and all kinds of
# IPIs that arrived before the save still arrive.
#
# Tested: work that was queued for a vCPU before the save runs in the new domain, and so does later
# work. Defect D37: the stock kernel loses a pending IPI. The next task that queues work finds that
# the queue is not empty, and sends no IPI. One perf event in the stopped part of the suspend is
# enough, because perf wakes its readers by irq_work.
# Decides: after the restore, perf events on vCPU 0 wake their reader (irq-work.c), as before the
# save. The counts of all IPIs that were common before the save increase.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# woken: succeed if perf events on vCPU 0 wake the reader within 10 s.
woken() {
	local before
	before=$(in_guest g "cat /tmp/irq-work")
	within 10 wakes
}
wakes() {
	in_guest g "taskset 1 sh -c '/bin/true; /bin/true'; sleep 0.5" >/dev/null
	differs "$before" in_guest g "cat /tmp/irq-work"
}

# ipis: print the name and the count of each IPI of each vCPU.
ipis() {
	in_guest g "grep -e '-ipi ' /proc/interrupts" | awk '{
		n = 0
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			n += $i
		print $NF, n
	}' | sort
}

# busy: make the vCPUs send IPIs to each other, by programs that wake each other through pipes.
busy() {
	in_guest g "for i in \$(seq 30); do echo | taskset 2 cat | taskset 1 cat; done >/dev/null" >/dev/null
}

# missing TIMES NAME...: print the IPIs NAME that arrived fewer than TIMES times since $counted.
missing() {
	local times=$1
	shift
	awk -v times="$times" -v names="$*" '
		NR == FNR { before[$1] = $2; next }
		{ more[$1] = $2 - before[$1] }
		END { n = split(names, name)
		      for (i = 1; i <= n; i++) if (more[name[i]] < times) print name[i] }' \
		<(echo "$counted") <(ipis)
}

guest_config g "$@" work=mem,clock,timers
guest_start g
guest_program g irq-work
in_guest g "mv /tmp/irq-work /tmp/irq-work-reader && /tmp/irq-work-reader; sleep 1" >/dev/null
woken || die_error "the reader is not woken even before the save"
counted=$(ipis)
mapfile -t all < <(cut -d' ' -f1 <<<"$counted")
busy
rare=$(missing 3 "${all[@]}")
mapfile -t common < <(printf '%s\n' "${all[@]}" | grep -vxF "$rare")
[[ ${common[*]} == *resched0* ]] || die_error "resched0 is not among the IPIs that come: ${common[*]}"
say "IPIs that come: ${common[*]}"
guest_save_restore g image
guest_well g
blame=D37
woken || die_fail "after the restore, no perf event on vCPU 0 wakes its reader"
blame=
counted=$(ipis)
for ((i = 0; i < 20; i++)); do
	busy
	left=$(missing 1 "${common[@]}")
	[ -n "$left" ] || break
done
[ -z "$left" ] || die_fail "after the restore, IPIs that do not come any more: ${left//$'\n'/ }"
guest_well g
guest_end g
