#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# come-back.sh OPTION...: after a restore, the nodes that the guest needs to connect its disk and
# its network interface appear late in xenstore.
#
# Tested: the guest connects both devices when the nodes appear. A disk that the toolstack removes
# instead disappears, whether its backend was missing or did not answer. A vCPU whose programs wait
# for the disk can be taken offline meanwhile. Defect D44: the stock kernel connects these devices
# only after a reboot.
# Decides: error/ in xenstore has the reason, and the programs continue when the nodes have
# appeared. The guest can also be saved after its disk was removed.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

devices=(vbd/51712 vif/0)

guest_start_loaded g "$@"
blame=D44
for ((i = 1; i <= CYCLES; i++)); do
	guest_save g image
	guest_restore_without g image "${devices[@]}"
	for device in "${devices[@]}"; do
		xenstore-write "$domain/device/$device/backend-id" 0
	done
	guest_up g
	guest_well g
	for device in "${devices[@]}"; do
		reason=$(complains_of "$device" || true)
		[ "$reason" = "2 reading other end details from device/$device" ] || die_fail "$device: error/ says: ${reason:-nothing}"
	done
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES well"
done
blame=

cpus=/sys/devices/system/cpu
# The second disk (xvdb) has its backend after the restore. The connection of xvdb must not prevent
# the removal of the first disk (xvda).
xl_try 20 block-attach g "phy:$(guest_disk second 16),xvdb,w" || die_error "xl block-attach: $(xl_complaint)"
in_guest g "taskset 2 sh -c 'while dd if=/dev/xvda of=/dev/null bs=4k count=512 iflag=direct; do :; done' </dev/null >/dev/null 2>&1 &" >/dev/null
guest_save g image
guest_restore_without g image vbd/51712
in_guest g "(echo 0 >$cpus/cpu1/online) </dev/null >/dev/null 2>&1 &" >/dev/null
within 20 guest_true g "grep -qx 0 $cpus/online" || die_fail "a vCPU does not go while the disk is away"
in_guest g "echo 1 >$cpus/cpu1/online" >/dev/null
xenstore-rm "$domain/device/vbd/51712"
within 60 guest_true g "[ ! -e /sys/block/xvda ]" || die_fail "the disk that was taken away is still there"
guest_save_restore g another
say "well without the disk that was not there"

guest_destroy g
guest_restore_paused image
domain=/local/domain/$(xl domid g)
vbd=$domain/device/vbd/51712
nobody=/local/domain/0/backend/nobody/${domain##*/}
backend_for "${domain##*/}" "$vbd" "$nobody" state 2
xenstore-write "$vbd/backend" "$nobody"
guest_unpause g
within 30 is 3 xenstore-read "$vbd/state" || die_fail "the disk asks for nothing of its backend"
xenstore-write "$nobody/state" 5
within 30 is 6 xenstore-read "$vbd/state" || die_fail "a disk that its backend closes is not closed"
guest_up g
guest_save_restore g another
say "well without the disk that did not answer"
guest_end g
