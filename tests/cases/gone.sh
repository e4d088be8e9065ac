#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gone.sh OPTION...: the guest is given a network interface that is taken away before
# its backend says anything, and one whose backend says nothing any more then.
#
# Tested: the guest is served. What was wrong before (D53): the thread that serves its
# toolstack's requests waited for that backend for ever.
# Decides: it can be saved.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
id=$(xl domid g)
vif=/local/domain/$id/device/vif/9
nobody=/local/domain/0/backend/nobody/$id

# give FILE [NODE VALUE]...: until FILE is in the guest; the latter are the backend's.
give() {
	local file=$1
	shift
	backend_for "$id" "$vif" "$nobody" "$@"
	xenstore-write "$vif/backend" "$nobody" "$vif/backend-id" 0
	xenstore-chmod -r "$vif" "n$id" r0
	# The guest looks at it now.
	xenstore-write "$vif/state" 1
	within 30 guest_true g "test -e $file" || die_error "the guest has no $file"
}

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
guest_save_restore g image
guest_well g
blame=
guest_end g
