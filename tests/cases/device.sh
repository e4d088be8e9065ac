#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# device.sh at=STEP OPTION...: a device refuses to suspend.
#
# Tested: the guest goes on, with all of its devices, and can be saved when the
# device has changed its mind. What was wrong before: when one refused to freeze
# (D1), those that were suspended already, younger ones, were told of a restore, and
# waited for backends that had not noticed anything; when one refused in its noirq
# callback (D2), xenstore's port was bound twice, a BUG() with user space frozen.
# Decides: by a disk that is younger than the device that refuses, by the programs,
# and by the console.
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
# The guest may be away for a while, and is not for good.
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
