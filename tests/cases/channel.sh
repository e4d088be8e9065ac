#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# channel.sh OPTION...: a guest offers an event channel for suspend requests. The guest is
# checkpointed and restored under every program, CYCLES times.
#
# Tested: libxl asks by the event channel in device/suspend/event-channel, which it prefers to
# control/shutdown. The guest offers a port again after each restore. If the toolstack exits
# before the guest suspends, its request counts as withdrawn.
# Decides: the checks of save.sh pass, and xl reports that it asked by the event channel. After the
# toolstack is killed, the guest aborts the suspend, and can be checkpointed.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

channel() { xenstore-read "/local/domain/$(xl domid g)/device/suspend/event-channel"; }
offered() { [[ $(channel) =~ ^[1-9][0-9]*$ ]]; }
last() { in_guest g "head -n 1 /sys/kernel/debug/xen_suspend/last"; }

# by_channel COMMAND...: run COMMAND, and fail unless xl reports that it asked by the event channel.
by_channel() {
	local asked
	asked=$(wc -l <"$OUT/xl.log")
	"$@"
	tail -n "+$((asked + 1))" "$OUT/xl.log" >asked.log
	grep -q "suspend request via event channel" asked.log ||
		die_fail "xl does not ask by the event channel"
}
checkpoint() { xl_must 90 -vvv save -c g image; }
save() { xl_must 90 -vvv save g image; }

guest_start_loaded g "$@"
within 10 offered || die_fail "no event channel in xenstore: '$(channel)'"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	by_channel checkpoint
	guest_well g
	by_channel save
	guest_restore image
	guest_up g
	within 10 offered || die_fail "no event channel after a restore: '$(channel)'"
	guest_well g
	say "$i/$CYCLES checkpointed and restored"
done

# Kill the toolstack (meter) while the guest is delayed in the phase reserve. The guest must notice
# before it suspends, and abort with ECANCELED (-125).
in_guest g "echo error=0 delay=3000 reserve >/sys/kernel/debug/xen_suspend/inject" >/dev/null
timeout 1 meter -e "$(xl domid g)" || true
within 10 is "aborted -125" eval "last | cut -d' ' -f3,4" ||
	die_fail "the toolstack is gone, and the guest: $(last)"
! in_state g s || die_fail "the guest suspended for a toolstack that is gone"
guest_well g
by_channel checkpoint
guest_well g
say "taken back"
guest_end g
