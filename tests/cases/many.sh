#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# many.sh OPTION...: a guest suspended, and called back at once, CYCLES times, as fast as
# that goes, under every program; at the end it is saved and restored.
#
# The first FIRST suspends are skipped: a run that was stopped did them, on another guest.
#
# Tested: that what is rare does not happen either: a lost wake-up, interrupt or request.
# Decides: as save.sh does.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@" args=xen_suspend.event_channel=1
guest_well g
for ((left = CYCLES - FIRST; left > 0; left -= 100)); do
	timeout 600 meter -e -p 10 -n $((left < 100 ? left : 100)) "$(xl domid g)" >>"$OUT/meter.log" 2>&1 ||
		die_fail "after $(wc -l <"$OUT/meter.log") suspends: $(tail -n 1 "$OUT/meter.log")"
	guest_well g
	say "$((CYCLES - left + 100))/$CYCLES"
done
within 20 is "suspend $((CYCLES - FIRST)) cancelled 0 -" in_guest g "head -n 1 /sys/kernel/debug/xen_suspend/last" ||
	die_fail "not $((CYCLES - FIRST)) suspends: $(in_guest g "head -n 1 /sys/kernel/debug/xen_suspend/last")"
guest_save_restore g image
guest_well g
guest_end g
