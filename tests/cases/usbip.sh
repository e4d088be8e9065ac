#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usbip.sh OPTION...: saved with and without a USB device of another machine attached (vhci_hcd). The
# driver refuses each suspend with -EBUSY while a device is attached.
#
# Tested: if a driver refuses, the devices that were suspended before it are resumed.
# Decides: with the USB device, the guest refuses and names the driver's device, and its disk and
# network interface work. Without the USB device, the next save succeeds.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_program g dongle
guest_module g usbip-core.ko
guest_module g vhci-hcd.ko
guest_save_restore g image
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "(/tmp/dongle </dev/null >/tmp/dongle.log 2>&1 &) ; sleep 15" >/dev/null
	guest_true g "pidof dongle" || die_error "not attached: $(in_guest g "cat /tmp/dongle.log")"
	guest_refuses g 20000 'phase="*" culprit="vhci_hcd.0" error=-EBUSY *'
	guest_well g
	xl_try 90 save g image && die_fail "a guest with the device was saved"
	xl_try 20 unpause g || true
	guest_up g
	guest_well g
	in_guest g "killall dongle; sleep 2" >/dev/null
	guest_checkpoint g image
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES: refused, $(guest_reason g)"
done
guest_end g
