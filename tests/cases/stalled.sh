#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stalled.sh OPTION...: xenstored does not answer for a while, when the guest is on
# its way to suspend.
#
# Tested: the guest goes on meanwhile, and suspends when xenstored is back; whether what
# it waits for is its own word to the toolstack, or the answer to somebody else's
# question, for which it can only be made to wait on purpose. What was wrong before
# (D41): user space stayed frozen for as long.
# Decides: the guest answers over the network while xenstored is stopped.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

store=$(pidof xenstored)
trap 'kill -CONT $store' EXIT

# Without guest_up, which asks xenstored whether the guest crashed.
answers() {
	ask -t 20 "$(ip_of g)" status >/dev/null 2>&1 ||
		die_fail "g does not answer while xenstored is stopped: $(last_words g)"
	say "the guest answers"
}
freezes() { grep -ac 'Freezing remaining' "$(console_of g)" || true; }
console_says() { within 60 grep -qaF "$1" "$(console_of g)"; }

guest_start_loaded g "$@"
guest_module g refuse.ko
# On its way to suspend, and in the middle of a request.
guest_module g asker.ko watches=0
# Time to stop xenstored between the toolstack's request and what needs it.
guest_set g refuse at=freeze error=0 delay=3000 times=1
suspend-guest "$(xl domid g)" >"$OUT/suspend.log" 2>&1 &
console_says "refuse.0: freeze: 0 after" || die_error "the device is not asked"
kill -STOP "$store"
say "xenstored is stopped"
blame=D41
sleep 14
answers
blame=
kill -CONT "$store"
wait $! || die_fail "suspend: $(tail -n 1 "$OUT/suspend.log")"
say "$(tail -n 1 "$OUT/suspend.log")"
guest_well g

id=$(xl domid g)
in_guest g "echo 'error=0 delay=3000 xenstore' >/sys/kernel/debug/xen_suspend/inject" >/dev/null
before=$(freezes)
# Longer than the guest waits, and less than libxl, which is what makes it worth waiting.
suspend-guest -s 50000 "$id" >"$OUT/suspend.log" 2>&1 &
within 30 differs "$before" freezes || die_fail "the guest does not try to suspend"
guest_acknowledges g
kill -STOP "$store"
say "xenstored is stopped"
console_says 'not suspended: phase="xenstore" error=-ETIMEDOUT' ||
	die_fail "waiting for xenstored is not given up: $(last_words g)"
answers
kill -CONT "$store"
status=0
wait $! || status=$?
[ "$status" = 3 ] || die_fail "suspend: status $status: $(tail -n 1 "$OUT/suspend.log")"
guest_well g
guest_save_restore g image
guest_well g
guest_end g
