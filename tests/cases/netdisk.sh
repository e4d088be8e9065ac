#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netdisk.sh over=nbd|nfs OPTION...: a guest writes to storage that it reaches over its own
# network interface: a network block device, or its root by NFS, both from dom0. Programs hold the
# rtnl and wait for a page of this storage. The server stops before it answers a request for such
# a page, and continues after the guest was restored, or after its checkpoint.
#
# Tested: xenwatch connects the interface while a program holds the rtnl and waits for data that
# comes through this interface.
# Decides: the guest answers, its programs continue, and the storage has what was written.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option over "$@"
over=$own
size=$((4 << 20)) from=$((2 << 20))	# the pages that are waited for come after the disk's

# start_nbd: start the guest with a network block device, /dev/nbd0, as its disk.
start_nbd() {
	truncate -s "$size" g.disk
	nbd serve 7005 g.disk "$from" >"$OUT/server.log" 2>&1 &
	server=$!
	guest_start g
	guest_program g nbd
	# The attach fails while the program disk has the device open, so try it again.
	within 20 guest_true g "/tmp/nbd attach $(peer_of g) 7005 $size" ||
		die_error "not attached: $(in_guest g "/tmp/nbd attach $(peer_of g) 7005 $size")"
	file=/dev/nbd0
}

# start_nfs: start the guest with its root by NFS. This root has the files of the ramdisk.
start_nfs() {
	mkdir export
	gunzip -c "$GUEST_RAMDISK" | (cd export && cpio -id 2>/dev/null)
	truncate -s "$size" g.disk export/pages
	ln g.disk export/disk
	nfsd 7005 export export/pages >"$OUT/server.log" 2>&1 &
	server=$!
	sed -i '/^ramdisk=/d' g.cfg
	guest_start g
	file=/pages
}

root="root=/dev/nfs rw init=/init nfsroot=10.0.1.1:/,v3,tcp,nolock,nocto,actimeo=600,port=7005,mountport=7005,rsize=32768,wsize=32768"
declare -A arguments=(
	[nbd]="nest.disk=/dev/nbd0"
	[nfs]="nest.disk=/disk $root ip=10.0.1.2::10.0.1.1:255.255.255.0::eth0:off"
)

# server_stops: make the server stop before it answers the next request for a page that a program
# waits for with the rtnl held.
server_stops() {
	kill -USR1 "$server"
	within 60 is T state_of "$server" || die_error "no program waits for a page: $(tail -n 1 "$OUT/server.log")"
}
state_of() { sed 's/.*) //; s/ .*//' "/proc/$1/stat"; }

preparing=yes
guest_config g work=disk,clock args="${arguments[$over]}" "${others[@]}"
"start_$over"
guest_program g waiting
in_guest g "/tmp/waiting 3 $file eth0 $from" >/dev/null
guest_well g
preparing=
for ((i = 1; i <= CYCLES; i++)); do
	server_stops
	guest_save g image
	guest_restore image
	kill -CONT "$server"
	guest_up g
	guest_well g
	server_stops
	guest_checkpoint g image
	kill -CONT "$server"
	guest_up g
	guest_well g
	say "$i/$CYCLES well"
done
in_guest g "killall waiting" >/dev/null
guest_end g
