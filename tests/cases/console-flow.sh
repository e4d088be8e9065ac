#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# console-flow.sh OPTION...: checkpoint a guest, CYCLES times, while a program in the guest writes
# numbered lines to the console without a pause.
#
# Tested: the console loses no line that it accepts. During a suspend, the guest does not notify the
# console daemon, so the console's ring fills. The case delays the suspend by half a second,
# because otherwise it is too short to fill the ring.
# Decides: the console's log in dom0 has each line once.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

debug=/sys/kernel/debug/xen_suspend

# lines: print the numbers of the program's lines in the console's log.
lines() { tr -d '\r' <"$(console_of g)" | sed -n 's/^line \([0-9]*\) of a long text that fills the ring of a console$/\1/p'; }

guest_start_loaded g "$@"
guest_well g
# Keep kernel messages off the console (dmesg -n 1), because they would split the program's lines.
in_guest g "dmesg -n 1; (i=0; while [ ! -e /tmp/stop ]; do echo line \$i of a long text that fills the ring of a console; i=\$((i + 1)); done >/dev/hvc0; echo \$i >/tmp/written) </dev/null >/dev/null 2>&1 &" >/dev/null
within 20 differs '' lines || die_error "the program writes nothing"
for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "echo 'error=0 delay=500 store port' >$debug/inject" >/dev/null
	guest_checkpoint g image
	guest_well g
	say "$i/$CYCLES well"
done
written=$(in_guest g "touch /tmp/stop; until [ -s /tmp/written ]; do sleep 0.1; done; cat /tmp/written")
sleep 2
lines >"$OUT/lines"
read -r lost double <<<"$(awk -v written="$written" '
	seen[$1]++ { double++ }
	END { for (i = 0; i < written; i++) lost += !(i in seen); print lost + 0, double + 0 }' "$OUT/lines")"
[ "$lost $double" = "0 0" ] || die_fail "of $written lines, the console lost $lost and has $double twice"
say "result: $written lines, none lost or twice"
guest_end g
