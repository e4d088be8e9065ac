#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# maps.sh OPTION...: a program in the guest has mapped a page of dom0's, by a grant, when
# the guest is checkpointed, and when it is saved and restored. (Not for PV guests: their image
# lacks the page table with the frame of dom0. Case xen-checkpoint shows it.)
#
# Tested: a checkpoint changes nothing for it; after a restore the page is gone, and it
# hears so when it looks. What was wrong before (D14): it read ones, and giving the page
# back was a warning.
# Decides: by what the program sees, and by the console.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# looked: have the program look and end.
looked() {
	in_guest g "rm -f /tmp/report; killall -USR1 grants" >/dev/null
	within 5 guest_true g "grep unmap /tmp/report" || true
	in_guest g "cat /tmp/report 2>/dev/null || true" | tr '\n' ','
}
offer() {
	rm -f ref
	"$JOB/grants" offer "$(xl domid g)" >ref 2>>"$OUT/offer.log" &
	within 5 test -s ref || die_error "no grant is offered: $(tail -n 1 "$OUT/offer.log")"
	in_guest g "/tmp/grants map $(cat ref) /tmp/report" >/dev/null
}

guest_start_loaded g "$@"
guest_program g grants
offer
guest_checkpoint g image
[ "$(looked)" = "granted,unmap ok," ] || die_fail "after a checkpoint: $(in_guest g "cat /tmp/report")"
guest_well g
offer
blame=D14
guest_save_restore g image
[ "$(looked)" = "SIGBUS,unmap ok," ] || die_fail "after a restore: $(in_guest g "cat /tmp/report" | head -n 1)"
guest_well g
blame=
guest_checkpoint g image
guest_well g
guest_end g
