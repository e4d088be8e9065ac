#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# handles.sh OPTION...: a program has event channels from /dev/xen/evtchn when the
# guest is checkpointed, and when it is saved and restored.
#
# Tested: a checkpoint changes nothing for it; after a restore it is told that they
# are gone, and nobody else's are touched. What was wrong before (D14): it was not
# told, and when it ended, that was a BUG(), or cost another driver its channel.
# Decides: by what the program sees, and by the guest going on when it is gone.
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
