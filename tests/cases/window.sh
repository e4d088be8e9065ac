#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# window.sh at=cow|mkwrite OPTION...: saved and restored while a program writes to pages
# that can only be read so far.
#
# Tested: that no machine frame number of the old domain, which was read with a page table
# entry before somebody slept, is written after it. There is nothing to be seen here of a
# kernel as it is, as it sleeps there for microseconds, if at all; tests/mutants/window-*
# have it sleep for a second.
# Decides: each write is to that page, and to no other.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option at "$@"
at=$own

guest_config g "${others[@]}" work=mem,storm,clock,timers
guest_start g
xl_try 20 block-attach g "phy:$(guest_disk second 16),xvdb,w" || die_error "xl block-attach: $(xl_complaint)"
within 20 guest_true g "test -b /dev/xvdb" || die_error "the guest does not have xvdb"
guest_program g window
in_guest g "/tmp/window $at /dev/xvdb >/tmp/window.log 2>&1 </dev/null &" >/dev/null

# said: by the program last: how many writes, slow ones, and restores that they met.
said() { in_guest g "tail -n 1 /tmp/window.log"; }
writes_on() {
	local before
	before=$(said)
	within 20 differs "$before" said || die_fail "the program does not go on: $(said)"
	[[ $(said) != BAD* ]] || die_fail "$(said)"
}

writes_on
for ((i = 1; i <= CYCLES; i++)); do
	guest_save_restore g image
	is '' guest_slow g || die_error "tasks were frozen: $(guest_slow g)"
	writes_on
	guest_well g
	say "$i/$CYCLES well: $(said)"
done
read -r writes slow met < <(said)
[ "$slow" -lt $((writes / 2)) ] || [ "$met" -gt 0 ] || die_error "no restore met a window"
in_guest g "killall window" >/dev/null
guest_end g
