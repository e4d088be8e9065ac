#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rebound.sh OPTION...: the drivers of an interface and of a disk are unbound while the guest is
# saved and restored, and bound after that.
#
# Tested: each device connects. The defect D62 of the stock kernel: it compared the state in which
# the driver had left the device with that in the new domain's xenstore, took the device for
# replaced, and did not connect it.
# Decides: both devices are in state 4, connected, and the disk can be read.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# drivers VERB: bind or unbind the drivers of both devices.
drivers() { in_guest g "cd /sys/bus/xen/drivers; echo vif-1 >vif/$1; echo vbd-51744 >vbd/$1" >/dev/null; }
states() { xenstore-read "/local/domain/$(xl domid g)"/device/{vif/1,vbd/51744}/state | paste -sd ' '; }

guest_start_loaded g "$@"
xl_must 20 network-attach g
xl_must 20 block-attach g "phy:$(guest_disk other 1)" xvdc w
within 20 is "4 4" states || die_error "the devices are in the states $(states)"
for ((i = 1; i <= CYCLES; i++)); do
	drivers unbind
	guest_save_restore g image
	blame=D62
	drivers bind
	within 20 is "4 4" states || die_fail "after a restore, the devices are in the states $(states)"
	guest_true g "dd if=/dev/xvdc of=/dev/null" || die_fail "the disk cannot be read"
	blame=
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
