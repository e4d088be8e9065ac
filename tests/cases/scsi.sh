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
	local i
	in_guest g "rm -f /tmp/read; (dd if=/dev/sda of=/dev/null bs=4k count=16 iflag=direct && echo >/tmp/read) </dev/null >/dev/null 2>&1 &" >/dev/null
	for ((i = 0; i < 20; i++)); do
		sleep 0.5
		[ "$(in_guest g "test -e /tmp/read && echo yes || echo no")" = no ] || return 0
	done
	return 1
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

guest_config g "$@" disk=64 work=mem,storm,disk,tcp,clock,timers
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
guest_start g

id=$(xl domid g)
front=/local/domain/$id/device/vscsi/0
back=/local/domain/0/backend/vscsi/$id/0
xenstore-write "$back/frontend" "$front" "$back/frontend-id" "$id" "$back/online" 1 \
	"$back/vscsi-devs/dev-0/p-dev" naa.5000000000000001:0 \
	"$back/vscsi-devs/dev-0/v-dev" 0:0:0:0 "$back/vscsi-devs/dev-0/state" 1
xenstore-chmod -r "$back" n0 "r$id"
xenstore-write "$front/backend" "$back" "$front/backend-id" 0
xenstore-chmod -r "$front" "n$id" r0
# A backend goes away if it finds no frontend.
xenstore-write "$front/state" 1
xenstore-write "$back/state" 1
for ((i = 0; i < 50; i++)); do
	[ "$(in_guest g "test -b /dev/sda && echo yes || echo no")" = no ] || break
	sleep 0.2
done
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
