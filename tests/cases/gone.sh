#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gone.sh OPTION...: a toolstack removes two network interfaces of a guest: the first before its
# backend has answered, the second when its backend answers no longer. Then it gives the guest a third,
# and replaces this interface without closing it, as after a crash of the backend's domain.
#
# Tested: the guest still serves requests of its toolstack. Defect D53: in the stock kernel,
# xenwatch, which serves these requests, waits for the backend for ever.
# Decides: after each of these, the guest can be checkpointed, and at the end saved and restored.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
id=$(xl domid g)
vif=/local/domain/$id/device/vif/9
nobody=/local/domain/0/backend/nobody/$id

# give FILE [NODE VALUE]...: add a network interface with these nodes of its backend, and wait until
# FILE exists in the guest.
give() {
	local file=$1
	shift
	backend_for "$id" "$vif" "$nobody" "$@"
	xenstore-write "$vif/backend" "$nobody" "$vif/backend-id" 0 "$vif/mac" 00:16:3e:00:00:63
	xenstore-chmod -r "$vif" "n$id" r0
	# The frontend's state comes last, because the guest then reads the other nodes.
	xenstore-write "$vif/state" 1
	within 30 guest_true g "test -e $file" || die_error "the guest has no $file"
}

is_connected() { [ "$(xenstore-read "$vif/state")" = 4 ]; }

give /sys/bus/xen/devices/vif-9
xenstore-rm "$nobody"
xenstore-rm "$vif"
blame=D53
guest_checkpoint g image
guest_well g
blame=

give /sys/bus/xen/devices/vif-9/driver state 2
xenstore-rm "$vif"
blame=D53
guest_checkpoint g image
guest_well g

give /sys/bus/xen/devices/vif-9/driver feature-rx-copy 1 state 2
within 30 is_connected || die_error "the interface is not connected"
xenstore-write "$vif/state" 1
guest_checkpoint g image
guest_well g
xenstore-rm "$vif"
guest_save_restore g image
guest_well g
blame=
guest_end g
