#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# late.sh OPTION...: a device takes longer to suspend than libxl waits; and a guest is
# paused for longer than that, between its acknowledgment and the suspend.
#
# Tested: a guest does not suspend when nobody waits for it any more. What was wrong
# before (D3): it did, and as nobody resumed it, that was its end.
# Decides: after xl has given up and the device is through, the guest answers, and
# can be saved; the same after the pause, with a shorter wait, and error/suspend says
# that it was too late.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_module g refuse.ko
guest_set g refuse at=freeze error=0 delay=75000 times=1
say "asking"
! xl_try 150 save g image || die_fail "xl save succeeds after a device took 75 s"
say "xl has given up: $(xl_complaint)"
blame=D3
sleep 20
guest_up g 30
say "it runs"
blame=
guest_well g

# The device takes its time in a loop, and the pause counts as part of that.
guest_bears_loops g
wait_ms=/sys/module/xen_suspend/parameters/wait_ms
in_guest g "echo 10000 >$wait_ms" >/dev/null
guest_set g refuse at=noirq error=0 delay=8000 times=1
guest_ask g suspend
guest_acknowledges g
xl_try 20 pause g || die_error "xl pause: $(xl_complaint)"
say "paused"
sleep 14
guest_unpause g
guest_up g
guest_says_why g 'phase="deadline" error=-ETIME time=*'
in_guest g "echo 55000 >$wait_ms" >/dev/null
guest_well g
guest_save_restore g image
guest_well g
guest_end g
