#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stalled.sh OPTION...: xenstored does not answer for a while, when the guest is about to suspend.
#
# Tested: the guest continues to run meanwhile. If it waits for xenstored to take its
# acknowledgment, it suspends when xenstored is back. If it waits for the answer to a request of
# another thread, which the test has to provoke, it gives up. The defect D41 of the stock kernel:
# user space stayed frozen for as long as xenstored did not answer.
# Decides: the guest answers over the network while xenstored is stopped, and it suspends or gives
# up as described.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

store=$(pidof xenstored)
trap 'kill -CONT $store' EXIT

# answers: check that the guest answers. guest_up would ask xenstored whether the guest has
# crashed.
answers() {
	ask -t 20 "$(ip_of g)" status >/dev/null 2>&1 ||
		die_fail "g does not answer while xenstored is stopped: $(last_words g)"
	say "the guest answers"
}
freezes() { grep -ac 'Freezing remaining' "$(console_of g)" || true; }
console_says() { within 60 grep -qaF "$1" "$(console_of g)"; }

guest_start_loaded g "$@"
guest_module g refuse.ko
# This module sends requests all the time, so that one is in progress when the guest suspends.
guest_module g asker.ko watches=0
# Delay the suspend, so that xenstored can be stopped between the toolstack's request and the
# guest's acknowledgment.
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
# This is longer than the guest waits for xenstored, and shorter than libxl waits for the guest.
# So it is useful that the guest gives up.
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
