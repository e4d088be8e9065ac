#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# intx.sh OPTION...: an HVM guest receives its events by the interrupt line of the platform device,
# as on a Xen without callback vectors.
#
# Tested: defect D12. In a new domain, the stock kernel does not route events to this line again.
# Decides: the checks of save.sh pass after a checkpoint and after a restore. Before the checkpoint,
# the case checks that events use this line.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@" args=xen_no_vector_callback
guest_well g
in_guest g "cat /proc/interrupts" >interrupts
awk '/xen-platform-pci/ { n = $2 } END { exit !(n > 100) }' interrupts ||
	die_error "events do not come by the platform device's line"
guest_checkpoint g image
guest_well g
say "checkpoint"
guest_save g image
guest_restore image
blame=D12
guest_up g 45
guest_well g
guest_end g
