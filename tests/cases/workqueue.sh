#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# workqueue.sh OPTION...: saved while the workqueue of a loop device reads a file whose server answers
# after 10 or 60 s. The server is a process of the guest (fuse.c), and nothing else waits for the data.
#
# Tested: the freezer cannot freeze a workqueue that has work. The fast walk freezes no workqueue. In
# the slow walk, the guest tries again, and refuses if the last attempt fails.
# Decides: with the short delay, the guest is saved. With the long one, it is saved, or refuses in
# phase "tasks" because of a workqueue, and continues. When the work has ended, the next save succeeds.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# reads SECONDS: make the loop device read its file, whose server answers after SECONDS. The
# program that has started the read is killed.
reads() {
	local state
	state=$(in_guest g "echo $(($1 * 1000)) >/tmp/delay; echo 3 >/proc/sys/vm/drop_caches; \
		(dd if=/dev/loop7 of=/dev/null bs=4096 count=1 skip=$((++block)) </dev/null >/dev/null 2>&1 &); \
		sleep 1; killall -9 dd; sleep 1; pidof dd; cat /sys/block/loop7/inflight")
	[[ $state =~ ^\ *[1-9][0-9]*\ +0$ ]] || die_error "the loop device does not wait for its file, or not alone: $state"
}
has_read() { guest_true g "grep -x ' *0 *0' /sys/block/loop7/inflight"; }

guest_start_loaded g "$@"
guest_fuse g 0
# sleep keeps the device open. Otherwise dd would be the last to close it, and would wait for the
# data in close().
in_guest g "[ -e /dev/loop7 ] || mknod /dev/loop7 b 7 7; losetup -r /dev/loop7 /tmp/f/file; \
	(sleep 1000000 </dev/loop7 >/dev/null 2>&1 &)" >/dev/null
block=0
for ((i = 1; i <= CYCLES; i++)); do
	reads 10
	guest_checkpoint g image
	within 30 has_read || die_fail "the loop device does not go on after a checkpoint"
	reads 10
	guest_save_restore g image
	within 30 has_read || die_fail "the loop device does not go on after a restore"
	guest_well g
	reads 60
	if xl_try 90 save -c g image; then
		say "$i/$CYCLES: saved while the workqueue was busy"
	else
		! guest_true g "test -e /sys/kernel/debug/xen_suspend" || guest_says_why g 'phase="tasks" culprit="workqueue" *'
		say "$i/$CYCLES: refused, $(guest_reason g)"
	fi
	guest_up g
	within 90 has_read || die_fail "the loop device does not go on"
	guest_save_restore g image
	guest_well g
done
guest_end g
