#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# no-resume.sh OPTION...: a guest has two devices whose drivers cannot resume. One of them is a
# 9pfs share, whose backend takes requests and never answers.
#
# Tested: a checkpoint does not change these devices. A restore closes them, with the reason in
# the kernel log and in error/. A task that waits for the share gets an error, and so does a new
# mount. With xenbus.refuse_suspend=1, the guest refuses to suspend while such a device is
# connected, and names the device. Without the device, it suspends. The defect D29 of the stock
# kernel: after a restore the devices did not work, without a message.
# Decides: the states of the devices, error/ and the log are as described. A mount that waits for
# the share ends with an error. With refuse_suspend=1, the request is not acknowledged.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

lost="19 lost, as its driver cannot resume after a restore"
refuse=/sys/module/xenbus/parameters/refuse_suspend

# offer_share: make a backend that answers no request, in state 2, in which the guest connects to
# it.
offer_share() {
	xenstore-write "/local/domain/$(xl domid g)/device/9pfs/0/tag" share
	guest_device g 9pfs 2 versions 1 max-rings 2 max-ring-page-order 4
}
connected() {
	local id
	id=$(xl domid g)
	is 4 xenstore-read "/local/domain/$id/device/nest/0/state" &&
		is 4 xenstore-read "/local/domain/$id/device/9pfs/0/state"
}
mounted() { in_guest g "cat /sys/module/mounter/parameters/result"; }

guest_start_loaded g "$@"
guest_module g noresume.ko
offer_share
within 5 is 3 xenstore-read "$front/state" || die_error "the share is not set up"
xenstore-write "/local/domain/0/backend/9pfs/$(xl domid g)/0/state" 4
guest_device g nest 4
within 5 connected || die_error "the devices do not connect"
guest_module g mounter.ko

for _ in 1 2; do
	guest_checkpoint g image
	guest_well g
	connected || die_fail "a checkpoint has closed a device"
done
[ "$(mounted)" = 1 ] || die_error "the share was mounted, by nobody: $(mounted)"
say "well after two checkpoints"

guest_save g image
guest_restore_paused image
offer_share
guest_device g nest 4
guest_unpause g
guest_up g
domain=/local/domain/$(xl domid g)
blame=D29
for device in nest/0 9pfs/0; do
	within 30 is 6 xenstore-read "$domain/device/$device/state" || die_fail "$device is not closed"
	is "$lost" complains_of "$device" || die_fail "$device: error/ says: $(complains_of "$device" || echo nothing)"
	grep -qaF "${device/\//-}: $lost" "$(console_of g)" || die_fail "$device: nothing in the log"
done
within 20 is -5 mounted || die_fail "a request that was under way does not end: $(mounted)"
in_guest g "(mkdir -p /tmp/m; mount -t 9p -o trans=xen share /tmp/m; echo \$? >/tmp/mount) </dev/null >/dev/null 2>&1 &" >/dev/null
within 20 guest_true g "test -s /tmp/mount" || die_fail "mounting a share that was lost does not end"
guest_true g "grep -qx 0 /tmp/mount" && die_fail "a share that was lost can be mounted"
blame=
guest_well g
n=$(grep -caE "nest-0:.* a restore would be the end of this device" "$(console_of g)")
[ "$n" = 1 ] || die_fail "the warning is in the log $n times"
say "closed by the restore"

xenstore-rm "$domain/device/nest/0"
within 10 guest_true g "[ ! -e /sys/bus/xen/devices/nest-0 ]" || die_error "the device does not go"
guest_device g nest 4
within 5 is 4 xenstore-read "$front/state" || die_error "the device does not connect again"
in_guest g "echo 1 >$refuse" >/dev/null
guest_refuses g 4000 'phase="devices" culprit="nest-0" error=-EOPNOTSUPP time=*'
guest_well g
in_guest g "echo nest-0 >/sys/bus/xen/drivers/nest/unbind; rmmod noresume" >/dev/null
guest_save_restore g image
guest_well g
guest_end g
