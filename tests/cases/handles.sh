#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# handles.sh OPTION...: a program in the guest has event channels from /dev/xen/evtchn during a
# checkpoint, and during a save and restore.
#
# Tested: the program does not notice a checkpoint. After a restore, the program gets errors for its
# channels, which are gone, and the kernel touches no other channels. Defect D14: the stock kernel
# returns no error. When the program ends, the kernel hits a BUG(), or closes another driver's
# channel.
# Decides: the program reports nothing after the checkpoint, and the expected errors after the
# restore. The guest is well after the program has ended.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g handles
in_guest g "/tmp/handles 40 /tmp/report" >/dev/null
guest_checkpoint g image
guest_well g
! guest_true g "test -e /tmp/report" || die_fail "a checkpoint was told to the program"
blame=D14
guest_save_restore g image
within 30 guest_true g "grep -qx closed /tmp/report" || true
in_guest g "cat /tmp/report 2>/dev/null || true" >report
in_guest g "killall handles 2>/dev/null || true" >/dev/null
sleep 2
guest_well g
diff -u - report >"$OUT/report.diff" <<-END || die_fail "the program saw: $(tr '\n' ',' <report)"
	poll error
	read ESTALE
	notify ENOTCONN
	unbind ENOTCONN
	reset ok
	read EAGAIN
	closed
END
blame=
guest_checkpoint g image
guest_well g
guest_end g
