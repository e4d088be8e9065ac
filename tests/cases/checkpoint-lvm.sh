#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpoint-lvm.sh OPTION...: xen-checkpoint makes CYCLES checkpoints of a guest that writes to
# ext4 on an LVM volume. lvcreate takes a snapshot of the volume while the guest is paused.
#
# Tested: with the commands of tools/xen-checkpoint.md, the image and the snapshot are of the same
# moment. The guest continues. A second domain is restored from the image, on a copy of the snapshot
# and without a network. Then the guest returns to the checkpoint by lvconvert --merge.
# Decides: after the journal is replayed, e2fsck finds no fault. The file system has the file that
# existed at the checkpoint, and no later file. As a control, the same image with a later state of
# the volume must cause a fault.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh

mib=128

# dom0 has no udev, so LVM makes the device nodes itself.
export DM_DISABLE_UDEV=1
lvm_does() { /usr/sbin/lvm "$@" >>"$OUT/lvm.log" 2>&1 || die_error "$*: $(tail -n 1 "$OUT/lvm.log")"; }
volumes() {
	loop=$(guest_disk lvm $((mib * 5)))
	mkdir -p /etc/lvm /run/lock/lvm
	printf 'devices { obtain_device_list_from_udev=0 use_devicesfile=0 }\nactivation { monitoring=0 udev_sync=0 udev_rules=0 }\n' >/etc/lvm/lvm.conf
	lvm_does pvcreate "$loop"
	lvm_does vgcreate vg "$loop"
	lvm_does lvcreate -y -L ${mib}M -n guest vg
}

unharmed() {
	ext4_well g
	guest_well g
}

# sound VOLUME: replay the journal of VOLUME, because the domain did not unmount VOLUME. Succeed if
# e2fsck then finds no fault.
sound() {
	/usr/sbin/e2fsck -y -E journal_only "$1" >>"$OUT/e2fsck.log" 2>&1 || [ $? = 1 ] || return 1
	/usr/sbin/e2fsck -fn "$1" >>"$OUT/e2fsck.log" 2>&1
}
# has_file VOLUME FILE: fail unless FILE is the only file of-* on VOLUME, and contains its own name.
has_file() {
	local names
	mkdir -p mnt
	mount -t ext4 -o ro "$1" mnt || die_fail "$1 cannot be mounted"
	names=$(cd mnt && echo of-*)
	[ "$names" = "$2" ] || die_fail "$1 has the files $names, not $2"
	[ "$(cat "mnt/$2")" = "$2" ] || die_fail "$1: $2 has other data"
	umount mnt
}

# copy VOLUME: copy VOLUME to the volume vg/copy.
copy() {
	[ -e /dev/vg/copy ] || lvm_does lvcreate -y -L ${mib}M -n copy vg
	dd if="$1" of=/dev/vg/copy bs=4M 2>>"$OUT/lvm.log" || die_error "dd of $1"
}
beside() { guest_restore_beside "$1" image g /dev/vg/copy; }
# snapshot: the command that xen-checkpoint runs while the guest is paused. The snapshot has enough
# room even if the guest overwrites the whole volume.
snapshot="lvm lvcreate -s -L $((mib + 8))M -n snap vg/guest >/dev/null"
checkpoint() { timeout 120 "$JOB/xen-checkpoint" --at-pause "$1" --at-pause-limit 60000 g image >message 2>&1; }

tools_unpack
volumes
ext4_make /dev/vg/guest
guest_config g line="disk=['phy:/dev/vg/guest,xvda,w']" work=mem,storm,clock,timers "$@"
guest_start g
ext4_churns g
unharmed

# The command fails after lvcreate, so xen-checkpoint must leave no image. Remove the snapshot,
# which belongs to no image.
! checkpoint "$snapshot; exit 3" || die_fail "a snapshot command that fails: there is an image"
[ ! -e image ] || die_fail "a snapshot command that fails: there is an image"
lvm_does lvremove -y vg/snap
unharmed

for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "rm -f /tmp/ext4/of-*; echo of-$i >/tmp/ext4/of-$i" >/dev/null
	checkpoint "$snapshot" || die_fail "xen-checkpoint: $(tail -n 1 message)"
	say "$(tail -n 1 message)"
	image_sound image
	in_guest g "mv /tmp/ext4/of-$i /tmp/ext4/of-later; sync" >/dev/null
	unharmed

	copy /dev/vg/snap
	beside h
	sleep 5
	guest_end h
	said=$(ext4_error h)
	[ -z "$said" ] || die_fail "beside the guest: $said"
	sound /dev/vg/copy || die_fail "beside the guest: $(tail -n 1 "$OUT/e2fsck.log")"
	has_file /dev/vg/copy "of-$i"
	say "restored beside it"

	# Control: restore the image on a copy of the present, later state of the volume. e2fsck or
	# ext4 must find a fault.
	in_guest g "sync" >/dev/null
	xl_must 20 pause g
	copy /dev/vg/guest
	xl_must 20 unpause g
	sound /dev/vg/copy || die_error "the later volume itself has a fault: $(tail -n 1 "$OUT/e2fsck.log")"
	beside "late$i"
	# Ext4 commits every 5 s. Wait until the restored domain has written to the volume.
	sleep 15
	guest_destroy "late$i"
	! sound /dev/vg/copy || [ -n "$(ext4_error "late$i")" ] ||
		die_error "neither e2fsck nor ext4 finds a fault in a volume that does not match the image"

	"$JOB/xen-checkpoint" --check image >message 2>&1 || die_fail "$(tail -n 1 message)"
	guest_destroy g
	lvm_does lvconvert --merge vg/snap
	! lvm lvs vg/snap >>"$OUT/lvm.log" 2>&1 || die_error "LVM has deferred the merge"
	guest_restore image
	guest_up g
	unharmed
	in_guest g "sync" >/dev/null
	[ "$(in_guest g "cd /tmp/ext4; echo of-*")" = "of-$i" ] || die_fail "the guest has other files"
	rm image
	say "$i/$CYCLES returned"
done
ext4_ends g
guest_end g
/usr/sbin/e2fsck -fn /dev/vg/guest >>"$OUT/e2fsck.log" 2>&1 || die_fail "in its place: $(tail -n 1 "$OUT/e2fsck.log")"
