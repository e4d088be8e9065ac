#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scsi.sh OPTION...: the guest has a SCSI disk, which xl does not know, when it is checkpointed.
#
# Tested: the disk can be read after a checkpoint. It can be read after the guest slept, and so
# can a disk that was added while the guest slept. On stock (D28) the frontend waits for a
# notification of its backend, which has not noticed the checkpoint.
# xl does not create the disk's xenstore nodes in a restore. Without them:
# - Xenwatch does not wait for commands that start, flush or write the disk.
# - The guest refuses to suspend while a write is pending. A write that arrives after the check
#   does not count.
# - The disk can be removed, also while a program scans the host.
# - The guest can be powered off.
# Decides: the disks can be read, the guest refuses, and later saves and the power-off succeed.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# read_disk NAME: succeed if the guest can read the disk within ten seconds. A read that is not
# answered never ends.
read_disk() {
	in_guest g "rm -f /tmp/read; (dd if=/dev/$1 of=/dev/null bs=4k count=16 iflag=direct && echo >/tmp/read) </dev/null >/dev/null 2>&1 &" >/dev/null
	within 10 guest_true g "test -e /tmp/read"
}

# prints TEXT: succeed if the guest has printed TEXT. The guest cannot be asked while it sleeps.
prints() { grep -qa "$1" "$(console_of g)"; }

# offered: succeed if the backend has the second disk in state 3, initialised. Linux 7.3 adds the
# disk at once, and the state is then 4, connected. Linux 6.12 adds it when the guest wakes.
offered() { [[ $(xenstore-read "$back/vscsi-devs/dev-1/state") == [34] ]]; }

# Make two SCSI disks in dom0's memory.
config=/sys/kernel/config
mount -t configfs none $config
port=$config/target/xen-pvscsi/naa.5000000000000001/tpgt_0
for lun in 0 1; do
	ram=$config/target/core/rd_mcp_0/ram-$lun
	mkdir -p $ram $port/lun/lun_$lun
	echo rd_pages=2048 >$ram/control
	echo 1 >$ram/enable
	echo 1 >$ram/attrib/emulate_write_cache
	ln -s $ram $port/lun/lun_$lun/ram
done
echo naa.5000000000000002 >$port/nexus

guest_start_loaded g "$@"

attach() {
	guest_device g vscsi 1 vscsi-devs/dev-0/p-dev naa.5000000000000001:0 \
		vscsi-devs/dev-0/v-dev 0:0:0:0 vscsi-devs/dev-0/state 1
	within 20 guest_true g "test -d /sys/class/scsi_disk/*" || die_error "the disk does not come"
}

attach
read_disk sda || die_error "the disk cannot be read to begin with"
guest_well g
guest_bears_loops g
in_guest g "echo devices >/sys/power/pm_test; echo 10 >/sys/module/suspend/parameters/pm_test_delay" >/dev/null
in_guest g "(echo freeze >/sys/power/state) </dev/null >/dev/null 2>&1 &" >/dev/null
# The guest now sleeps for ten seconds, or for longer if other vCPUs have the pCPU, because the
# kernel waits in a loop. Xenwatch continues to run.
within 60 prints 'Suspending console' || die_error "the guest does not sleep"
sleep 1
back=/local/domain/0/backend/vscsi/$(xl domid g)/0
xenstore-write "$back/vscsi-devs/dev-1/p-dev" naa.5000000000000001:1 \
	"$back/vscsi-devs/dev-1/v-dev" 0:0:0:1 "$back/vscsi-devs/dev-1/state" 1
xenstore-write "$back/state" 7
within 20 offered || die_error "the backend does not offer the second disk"
! prints 'PM: suspend exit' || die_error "the guest woke before the second disk was added"
within 120 prints 'PM: suspend exit' || die_fail "the guest does not wake"
within 20 guest_true g "test -e /sys/block/sdb" || die_fail "the second disk does not come"
read_disk sdb || die_fail "a disk that was added while the guest slept cannot be read"
read_disk sda || die_fail "the disk cannot be read after sleep"
guest_well g

for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	blame=D28
	{ read_disk sda && read_disk sdb; } || die_fail "the disk cannot be read"
	blame=
	guest_well g
	say "$i/$CYCLES well"
done

# With manage_system_start_stop, the resume starts the disk. Xenwatch must not wait for this
# command.
in_guest g "echo 1 | tee /sys/class/scsi_disk/*/manage_system_start_stop" >/dev/null
# Keep the disk open. Otherwise a program that closes it waits until its data is written.
in_guest g "(sleep 1000 <>/dev/sda >/dev/null 2>&1 &)" >/dev/null
guest_save_restore g image
# refuse.ko delays the phase devices by 8 s. Writeback runs every 3 s, and takes pages that have been
# dirty for a second, so the write is submitted in that time.
guest_module g refuse.ko
guest_set g refuse at=freeze error=0 delay=8000 times=1
in_guest g "echo 100 >/proc/sys/vm/dirty_expire_centisecs && echo 300 >/proc/sys/vm/dirty_writeback_centisecs && dd if=/dev/zero of=/dev/sda bs=4k count=4 conv=notrunc 2>/dev/null" >/dev/null
guest_save_restore g image
guest_well g
guest_refuses g 25000 'phase="devices" culprit="vscsi-0" error=-EBUSY time=*'
guest_well g
in_guest g "(echo - - - >/sys/class/scsi_host/host0/scan) </dev/null >/dev/null 2>&1 &" >/dev/null
sleep 1
front=/local/domain/$(xl domid g)/device/vscsi/0
xenstore-write "$front/state" 1
xenstore-rm "$front"
within 60 guest_true g "[ ! -e /sys/bus/xen/devices/vscsi-0 ]" || die_fail "the disk that was taken away is still there"
guest_save_restore g image
guest_well g
attach
guest_save_restore g image
guest_well g
guest_end g
