#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# no-resume.sh OPTION...: a guest has a device whose driver cannot resume.
#
# Tested: it is not suspended, which would be the end of the device, and says on
# account of what; without the driver, it is. What was wrong before (D29): it was
# suspended, and the device did nothing from then on, without a word.
# Decides: by whether the request is taken up, and by error/suspend.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" disk=64 work=mem,storm,disk,tcp,clock,timers
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
guest_start g
guest_module g noresume.ko

id=$(xl domid g)
front=/local/domain/$id/device/nest/0
back=/local/domain/0/backend/nest/$id/0
xenstore-write "$back/frontend" "$front" "$back/frontend-id" "$id" "$back/state" 4
xenstore-chmod -r "$back" n0 "r$id"
# Its state comes last: that is when the guest looks at it, and writes there.
xenstore-write "$front/backend" "$back" "$front/backend-id" 0
xenstore-chmod -r "$front" "n$id" r0
xenstore-write "$front/state" 1
for ((i = 0; i < 50; i++)); do
	[ "$(xenstore-read "$front/state")" != 4 ] || break
	sleep 0.1
done
[ "$(xenstore-read "$front/state")" = 4 ] || die_error "the device does not connect"

blame=D29
status=0
suspend-guest -a 4000 "$id" >"$OUT/suspend.log" 2>&1 || status=$?
[ "$status" = 1 ] || die_fail "asked to suspend: $(tail -n 1 "$OUT/suspend.log")"
blame=
reason=$(guest_reason g)
[[ $reason == 'phase="devices" culprit=nest-0 error=-EOPNOTSUPP time='* ]] ||
	die_fail "error/suspend: ${reason:-nothing}"
guest_well g
in_guest g "echo nest-0 >/sys/bus/xen/drivers/nest/unbind; rmmod noresume" >/dev/null
guest_save_restore g image
guest_well g
guest_end g
