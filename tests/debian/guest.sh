#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh type=TYPE: in dom0, boot the Debian of tests/debian/image as a guest, and save, restore,
# checkpoint and migrate it.
#
# Tested: the modules of the frontends are loaded from the ramdisk, and resume with the guest.
# Decides: every program continues, the guest's disk has all that it wrote, and the console has no
# complaint.

# An HVM guest is the slowest here: this kernel is larger than ours, and both vCPUs share one pCPU
# with dom0. So an answer sometimes takes longer than the 90 seconds of lib.sh.
[ "$1" != type=hvm ] || PATIENCE=300
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

GUEST_KERNEL=$JOB/vmlinuz GUEST_RAMDISK=$JOB/initrd
cp "$JOB/disk" root.disk
root=$(losetup -f)
losetup "$root" root.disk
data=$(guest_disk g 64)
guest_start_loaded g memory=512 vcpus=2 disk= "$@" \
	args="root=/dev/xvda rw init=/usr/local/sbin/init net.ifnames=0 nest.disk=/dev/xvdb" \
	line="disk=['phy:$root,xvda,w', 'phy:$data,xvdb,w']"
say "$(in_guest g "uname -r; cat /etc/debian_version" | paste -sd ' '), $(in_guest g "cat /proc/modules" | wc -l) modules"
for module in xen_blkfront xen_netfront; do
	guest_true g "grep '^$module ' /proc/modules" || die_error "$module was not loaded as a module"
done
guest_well g

guest_save_restore g image
guest_well g
say "saved and restored"
guest_checkpoint g image
guest_well g
say "checkpointed"
guest_migrate g
guest_well g
say "migrated"
in_guest g "cat /sys/kernel/debug/xen_suspend/last" >"$OUT/last"
say "the last suspend was $(sed -n 's/^slow /slow: /p' "$OUT/last" | grep . || echo fast)"
guest_end g
