#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpoint-lvm.sh OPTION...: checkpoints by xen-checkpoint, CYCLES times, of a guest that writes to
# ext4 on an LVM volume. lvcreate takes a snapshot of the volume in the pause.
#
# Tested: the image and the snapshot are of the same moment, by the commands of
# tools/xen-checkpoint.md. The guest continues. The image is restored beside the guest, on a copy of
# the snapshot and without a network. Then the guest returns to the checkpoint, by lvconvert --merge.
# Decides: the file system has no fault. It has a file that only the guest's memory contained at that
# moment, and no file of later. The same image with the volume as it is later must give faults, or
# this case could not find any.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh

mib=128

# dom0 has no udev, so LVM makes the device nodes itself.
export DM_DISABLE_UDEV=1
lvm_does() { /usr/sbin/lvm "$@" >>"$OUT/lvm.log" 2>&1 || die_error "$*: $(tail -n 1 "$OUT/lvm.log")"; }
volumes() {
	truncate -s $((mib * 5))M disk
	loop=$(losetup -f)
	losetup "$loop" disk
	mkdir -p /etc/lvm /run/lock/lvm
	printf 'devices { obtain_device_list_from_udev=0 use_devicesfile=0 }\nactivation { monitoring=0 udev_sync=0 udev_rules=0 }\n' >/etc/lvm/lvm.conf
	lvm_does pvcreate "$loop"
	lvm_does vgcreate vg "$loop"
	lvm_does lvcreate -y -L ${mib}M -n guest vg
}

# churns: programs in g write files all the time.
churns() {
	guest_program g churn
	in_guest g "mkdir /tmp/ext4 && mount -t ext4 /dev/xvda /tmp/ext4 && /tmp/churn /tmp/state /tmp/ext4 /tmp" >/dev/null
}
state() { in_guest g "cat /tmp/state"; }
# unharmed: in g, no program has got an error, and all go on.
unharmed() {
	local now
	now=$(state)
	[[ $now != FAIL* ]] || die_fail "a program: ${now#FAIL }"
	within 60 differs "$now" state || die_fail "programs stand still: $now"
	console_well g
	guest_well g
}
# ext4_error NAME: that it has reported there.
ext4_error() { consoles_of "$1" | xargs -r grep -am 1 "EXT4-fs error" | tr -d '\r' || true; }
console_well() {
	local said
	said=$(ext4_error "$1")
	[ -z "$said" ] || die_fail "$1: $said"
}

# sound VOLUME: e2fsck replays the journal, because the guest has not unmounted the volume, and then
# finds no fault.
sound() {
	/usr/sbin/e2fsck -E journal_only "$1" >>"$OUT/e2fsck.log" 2>&1 || true
	/usr/sbin/e2fsck -fn "$1" >>"$OUT/e2fsck.log" 2>&1
}
# has_file VOLUME FILE: of the files of-*, the volume has this one alone, with its data.
has_file() {
	local names
	mkdir -p mnt
	mount -t ext4 -o ro,noload "$1" mnt || die_fail "$1 cannot be mounted"
	names=$(cd mnt && echo of-*)
	[ "$names" = "$2" ] || die_fail "$1 has the files $names, not $2"
	[ "$(cat "mnt/$2")" = "$2" ] || die_fail "$1: $2 has other data"
	umount mnt
}

# copy VOLUME: to vg/copy
copy() {
	[ -e /dev/vg/copy ] || lvm_does lvcreate -y -L ${mib}M -n copy vg
	dd if="$1" of=/dev/vg/copy bs=4M 2>>"$OUT/lvm.log" || die_error "dd of $1"
}
# beside NAME: start the guest of the image by this name, on vg/copy.
beside() {
	sed -e "s/^name=.*/name='$1'/" -e '/^vif=/d' -e 's,/dev/vg/guest,/dev/vg/copy,' g.cfg >"$1.cfg"
	xl_must 120 restore "$1.cfg" image
	sleep 5
}

tools_unpack
volumes
/usr/sbin/mke2fs -q -t ext4 -e remount-ro -F /dev/vg/guest || die_error "cannot make an ext4"
guest_config g line="disk=['phy:/dev/vg/guest,xvda,w']" work=mem,storm,clock,timers "$@"
guest_start g
churns
unharmed

for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "rm -f /tmp/ext4/of-*; echo of-$i >/tmp/ext4/of-$i" >/dev/null
	timeout 120 "$JOB/xen-checkpoint" --at-pause "lvm lvcreate -s -L ${mib}M -n snap vg/guest >/dev/null" \
		--at-pause-limit 60000 g image >message 2>&1 || die_fail "xen-checkpoint: $(tail -n 1 message)"
	say "$(tail -n 1 message)"
	image_sound image
	in_guest g "mv /tmp/ext4/of-$i /tmp/ext4/of-later; sync" >/dev/null
	unharmed

	copy /dev/vg/snap
	beside h
	guest_end h
	console_well h
	sound /dev/vg/copy || die_fail "beside the guest: $(tail -n 1 "$OUT/e2fsck.log")"
	has_file /dev/vg/copy "of-$i"
	say "restored beside it"

	# What must not be done: the volume has changed since.
	in_guest g "sync" >/dev/null
	copy /dev/vg/guest
	beside "late$i"
	xl_must 60 destroy "late$i"
	! sound /dev/vg/copy || [ -n "$(ext4_error "late$i")" ] ||
		die_error "neither e2fsck nor ext4 finds a fault in a volume that does not match the image"

	guest_destroy g
	lvm_does lvconvert --merge vg/snap
	guest_restore image
	guest_up g
	unharmed
	in_guest g "sync" >/dev/null
	[ "$(in_guest g "cd /tmp/ext4; echo of-*")" = "of-$i" ] || die_fail "the guest has other files"
	rm image
	say "$i/$CYCLES returned"
done
in_guest g "killall churn; sleep 1; umount /tmp/ext4" >/dev/null
guest_end g
/usr/sbin/e2fsck -fn /dev/vg/guest >>"$OUT/e2fsck.log" 2>&1 || die_fail "in its place: $(tail -n 1 "$OUT/e2fsck.log")"
