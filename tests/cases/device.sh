#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# device.sh at=STEP OPTION...: a device refuses to suspend, in its callback STEP: freeze or noirq.
#
# Tested: the guest continues with all devices, and can be saved when the device no longer refuses.
# Defect D1: if a device refuses to freeze, the stock kernel resumes the younger devices, which are
# suspended already, as after a restore. They wait for backends that have not noticed a suspend.
# Defect D2: if a device refuses in noirq, the stock kernel binds xenstore's port twice, which is a
# BUG() with user space frozen.
# Decides: after the refusal and after a restore, a disk that is younger than the refusing device
# can be read, the programs continue, and the console has no complaint.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option at "$@"
step=$own

guest_start_loaded g "${others[@]}"
guest_module g refuse.ko
xl_try 20 block-attach g "phy:$(guest_disk younger 16),xvdb,w" || die_error "xl block-attach: $(xl_complaint)"
read_younger() { in_guest g "dd if=/dev/xvdb of=/dev/null bs=64k count=16 iflag=direct 2>&1" >/dev/null; }
within 20 guest_true g "test -b /dev/xvdb" || die_error "the younger disk does not come"
read_younger
guest_well g

case $step in
freeze) blame=D1 ;;
noirq) blame=D2 ;;
esac
# refused: succeed if the device has refused. The guest must answer within 30 s.
refused() {
	guest_up g 30
	is 0 in_guest g "cat /sys/module/refuse/parameters/times"
}
guest_set g refuse at="$step" error=-5 times=1
guest_ask g suspend
within 30 refused || die_error "the device was not asked"
read_younger
guest_well g
blame=
guest_ask g ''
guest_save_restore g image
read_younger
guest_well g
guest_end g
