#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fault.sh OPTION...: a program reads the events of its xenstore watch into a buffer. The buffer's
# page is missing, and the page fault never ends.
#
# Tested: only this program waits. Defect D42: with the stock kernel, the program waits with a lock
# held that xenwatch takes to deliver events, so the guest serves no request of its toolstack. If
# the page is on a disk that xenwatch must connect, both wait for ever.
# Decides: the guest serves a SysRq request while the program waits. The case kills the program
# before the checkpoint and the save, because a task in a page fault cannot be frozen.
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
# Cause two events. The program waits while it reads the first one, so the guest must queue the
# second one.
fire
fire
blame=D42
# SysRq 9 makes the kernel print all messages. The guest must serve this request within 10 s.
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
