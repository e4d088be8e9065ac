#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scsi.sh OPTION...: the guest has a SCSI disk, which xl knows nothing of, when it is
# checkpointed.
#
# Tested: it can be read afterwards. What was wrong before (D28): the frontend waited for
# word from its backend, which had not noticed anything.
# Decides: by reading.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# read_disk: within ten seconds; where nobody answers, nothing ends it.
read_disk() {
	in_guest g "rm -f /tmp/read; (dd if=/dev/sda of=/dev/null bs=4k count=16 iflag=direct && echo >/tmp/read) </dev/null >/dev/null 2>&1 &" >/dev/null
	within 10 guest_true g "test -e /tmp/read"
}

# A disk of dom0's memory.
config=/sys/kernel/config
mount -t configfs none $config
mkdir -p $config/target/core/rd_mcp_0/ram
echo rd_pages=2048 >$config/target/core/rd_mcp_0/ram/control
echo 1 >$config/target/core/rd_mcp_0/ram/enable
port=$config/target/xen-pvscsi/naa.5000000000000001/tpgt_0
mkdir -p $port/lun/lun_0
ln -s $config/target/core/rd_mcp_0/ram $port/lun/lun_0/ram
echo naa.5000000000000002 >$port/nexus

guest_start_loaded g "$@"

guest_device g vscsi 1 vscsi-devs/dev-0/p-dev naa.5000000000000001:0 \
	vscsi-devs/dev-0/v-dev 0:0:0:0 vscsi-devs/dev-0/state 1
within 20 guest_true g "test -b /dev/sda" || die_error "the disk does not come"
read_disk || die_error "the disk cannot be read to begin with"
guest_well g

for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	blame=D28
	read_disk || die_fail "the disk cannot be read"
	blame=
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
