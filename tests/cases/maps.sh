#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# maps.sh OPTION...: a program in the guest has mapped a page of dom0 by a grant. Meanwhile the
# guest is checkpointed, and saved and restored. (Not for PV guests: their image lacks the page
# table with the frame of dom0, as the case xen-checkpoint shows.)
#
# Tested: after a checkpoint, the program still has the page. After a restore the page is gone,
# and an access gets SIGBUS. The defect D14 of the stock kernel: the program read ones, and the
# kernel warned when the program unmapped the page.
# Decides: the program reads the page, or gets SIGBUS, as described, and can unmap the page. The
# console has no warning.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# looked: have the program access the page, unmap it and end, and print its report.
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
