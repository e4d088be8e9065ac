#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# come-back.sh OPTION...: after a restore, what the guest needs to connect its disk
# and its network is not in xenstore yet.
#
# Tested: they come back when it is, and a disk that is taken away instead is gone,
# whether its backend was not there or did not answer. A vCPU whose programs wait for
# the disk can be taken offline meanwhile. What was wrong before (D44): they
# were gone until the guest was rebooted.
# Decides: the reason is in xenstore, and the programs go on once the nodes are
# there. Without its disk, too, the guest can be saved.
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
# The other disk comes back, and must not keep this one from going.
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
