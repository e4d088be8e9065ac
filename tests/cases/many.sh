#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# many.sh OPTION...: suspend a guest under all programs CYCLES times, as fast as possible, and
# resume it at once. At the end, save and restore it.
#
# The first FIRST suspends are left out: an earlier run, which was stopped, did them with another
# guest.
#
# Tested: rare failures, such as a lost wake-up, interrupt or request.
# Decides: as save.sh does. Also, the guest's record must show this number of suspends, without a
# refusal.
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
