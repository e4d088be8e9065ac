#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# window.sh at=ROW+ROW... OPTION...: saved and restored while programs have the kernel do
# what it may sleep in with a page table entry, or a machine frame number, at hand. Each ROW
# is one of tests/cases/window/main.c, and of a table in Documentation/xen/save-restore.rst.
#
# Tested: that no machine frame number of the old domain is used in the new one. There is
# nothing to be seen here of a kernel as it is, as it sleeps there for microseconds, if at all;
# tests/mutants/window-* have it sleep for two seconds.
# Decides: each page is what was written to it. In rows that compare an old entry with the one
# that there is, no restore comes while they sleep: such tasks are waited for, or frozen. The
# mutants say so on the console if one does. In other rows restores have to come just then, or
# this shows nothing.
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

# said ROW: by its program last: how often it was done, slowly, and while a restore came.
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
# What is wrong with its pages, the kernel may see when a process ends.
# One that has just ended by itself is an error for killall; the next line sees those that go on.
in_guest g "killall window 2>/dev/null || true" >/dev/null
within 30 guest_true g "! ls -l /proc/*/exe 2>/dev/null | grep -q /tmp/window" || die_fail "the programs do not end"
guest_well g
guest_end g
