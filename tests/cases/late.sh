#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# late.sh OPTION...: a device takes 75 s to suspend, longer than libxl waits. Later, the guest is
# paused between its acknowledgment and the suspend, for longer than it may take to suspend.
#
# Tested: a guest does not suspend after the toolstack has given up. Defect D3: the stock kernel
# suspends, and no toolstack resumes the guest.
# Decides: after xl has given up and the device has finished, the guest answers and is well. After
# the pause, with a limit of 10 s (wait_ms), error/suspend has the reason "deadline", the guest is
# well, and can be saved and restored.
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

# The device delays noirq in a busy loop, and the pause prolongs this loop. So set longer timeouts
# for the guest's watchdogs.
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
