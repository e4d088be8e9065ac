#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# window.sh at=ROW+ROW... OPTION...: saved and restored while programs make the kernel do things
# in which it may sleep while it has a page table entry, or a machine frame number. Each ROW is a
# row of tests/cases/window/main.c, and of a table in Documentation/xen/fast-walk.rst.
#
# Tested: no machine frame number of the old domain is used in the new one. The unchanged kernel
# sleeps there for microseconds, if at all, so the case can hardly fail with this kernel.
# tests/mutants/window-* make it sleep for two seconds.
# Decides: each page has what was written to it. In rows that compare an old entry with the
# present one, no restore comes while the kernel sleeps: the suspend waits for such tasks, or
# freezes them. The mutants print a line on the console if a restore comes. In all other rows, a
# restore must come during the sleep, because the case proves nothing otherwise.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

compared=' cow mkwrite ufmove ksm '

own_option at "$@"
IFS=+ read -ra rows <<<"$own"

guest_config g "${others[@]}" work=mem,storm,clock,timers
guest_start g
for disk in xvdb xvdc; do
	xl_try 20 block-attach g "phy:$(guest_disk $disk 16),$disk,w" || die_error "xl block-attach: $(xl_complaint)"
	within 20 guest_true g "test -b /dev/$disk" || die_error "the guest does not have $disk"
done
in_guest g "mkswap /dev/xvdc && swapon /dev/xvdc" >/dev/null
guest_program g window
in_guest g "/tmp/window /dev/xvdb ${rows[*]} >/dev/null 2>&1 </dev/null &" >/dev/null

# said ROW: print the last line of this row's program: how often the kernel did the work, how
# often this was slow, and how often a restore came meanwhile.
said() { in_guest g "tail -n 1 /tmp/window-$1.log 2>/dev/null || true"; }
goes_on() { said=$(said "$1") && [[ $said = BAD* || -n $said && $said != "$2" ]]; }
all_go_on() {
	local row
	local -A before=()
	for row in "${rows[@]}"; do
		before[$row]=$(said "$row")
	done
	for row in "${rows[@]}"; do
		within 60 goes_on "$row" "${before[$row]}" || die_fail "$row does not go on: $(said "$row")"
		[[ $said != BAD* ]] || die_fail "$said"
	done
}

all_go_on
found=0
for ((i = 1; i <= CYCLES; i++)); do
	was=$(guest_suspends g)
	guest_save_restore g image
	why=$(guest_slow g "$was")
	case $why in
	faults*) found=$((found + 1)) ;;
	?*) die_error "tasks were frozen: $why" ;;
	esac
	all_go_on
	guest_well g
	say "$i/$CYCLES well${why:+, tasks were frozen: $why}"
done

missed=''
for row in "${rows[@]}"; do
	read -r tries slow met < <(said "$row")
	say "$row: $tries times, slowly $slow, a restore came then: $met"
	if [[ $compared = *" $row "* ]]; then
		[ "$slow" -lt $((tries / 2)) ] || [ "$found" -gt 0 ] || missed+=" $row"
	else
		[ "$slow" -lt $((tries / 2)) ] || [ "$met" -gt 0 ] || missed+=" $row"
	fi
done
[ -z "$missed" ] || die_error "no restore came while the kernel slept:$missed"
# The kernel may find an error in the pages of a process only when the process ends. killall fails
# if a program has just ended by itself. The next line finds programs that still run.
in_guest g "killall window 2>/dev/null || true" >/dev/null
within 30 guest_true g "! ls -l /proc/*/exe 2>/dev/null | grep -q /tmp/window" || die_fail "the programs do not end"
guest_well g
guest_end g
