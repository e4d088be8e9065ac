#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fault.sh OPTION...: a program reads what it watches in xenstore to memory that is
# not there, and does not come.
#
# Tested: only that program waits. What was wrong before (D42): it did so with a lock
# that the thread takes which delivers events, and the guest heard nothing from its
# toolstack any more. If the memory is on a disk that this thread has to
# connect, that is for ever.
# Decides: the guest acts on a request while the program waits. It is saved later, since
# what waits for memory cannot be frozen.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g fault
sysrq=/local/domain/$(xl domid g)/control/sysrq
fire() {
	xenstore-write "$sysrq" ""
	sleep 0.5
}
in_guest g "/tmp/fault control/sysrq" >/dev/null
# One that it reads, and one that has to be put behind it.
fire
fire
blame=D42
# All messages to the console, so that none is missed.
xl_try 20 sysrq g 9 || die_error "xl sysrq: $(xl_complaint)"
within 10 is '' xenstore-read "$sysrq" || die_fail "the guest does not act on control/sysrq"
blame=
in_guest g "killall -9 fault" >/dev/null
guest_well g
guest_checkpoint g image
guest_well g
guest_save_restore g image
guest_well g
guest_end g
