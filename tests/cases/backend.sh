#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# backend.sh offers=NODE:VALUE OPTION...: after a restore, the backends of the guest's disks offer
# NODE with another VALUE than before.
#
# Tested: requests that are in progress at the save reach the disk, whatever the new backend offers.
# Defects of the stock kernel, if the new backend offers:
# - another number of queues (D26): blkfront waits for requests that wait for blkfront;
# - fewer segments for each request (D27): larger requests of before the restore are a BUG();
# - no discards (D56): the disk still offers discards.
# Decides: two programs write to the second disk (xvdb) all the time, in large requests, and read
# back the same data. The first disk (xvda) holds all data that the disk program wrote. The second
# disk offers discards if and only if its backend does.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option offers "$@"
offers=$own
node=${offers%:*} value=${offers#*:}
case $node in
multi-queue-max-queues) defect=D26 ;;
feature-max-indirect-segments) defect=D27 ;;
discard-enable) defect=D56 ;;
*) die_error "offers=$offers: which defect is that?" ;;
esac

# write: start two programs in the guest, which write 8 MiB to xvdb, read the data back and compare,
# again and again. Each write takes another part of one pattern, so old data on the disk differ.
write() {
	in_guest g "dd if=/dev/urandom of=/tmp/pattern bs=1M count=9 2>/dev/null; touch /tmp/written" >/dev/null
	cat >writer <<-'END'
		part() { dd if=/tmp/pattern bs=4k skip=$n count=2048 2>/dev/null; }
		there() { dd if=/dev/xvdb bs=1M skip=$(($1 * 8)) count=8 iflag=direct 2>/dev/null; }
		n=0
		while [ ! -e /tmp/enough ]; do
			n=$(((n + 1) % 256))
			if part | dd of=/dev/xvdb bs=4k seek=$(($1 * 2048)) conv=fsync,notrunc 2>/dev/null &&
					[ "$(there $1 | md5sum)" = "$(part | md5sum)" ]; then
				echo $n >>/tmp/written
			else
				echo $n >>/tmp/wrong
			fi
		done
	END
	in_guest g "echo $(base64 -w 0 writer) | base64 -d >/tmp/writer" >/dev/null
	in_guest g "for i in 0 1; do sh /tmp/writer \$i </dev/null >/dev/null 2>&1 & done" >/dev/null
}
written() { in_guest g "wc -l </tmp/written"; }
# goes_on: succeed if a write has begun since $before was set. Each of the two programs may have
# been in the middle of a write, so two more writes prove nothing.
goes_on() { [ "$(written)" -gt $((before + 2)) ]; }
right() {
	! guest_true g "test -e /tmp/wrong" || die_fail "the disk does not hold what was written"
}

# discards: print 1 if the second disk offers discards, 0 if not.
# shellcheck disable=SC2016 # the guest's shell expands it
discards() { in_guest g 'read -r n </sys/block/xvdb/queue/discard_max_bytes; echo $((n > 0))'; }

guest_config g "${others[@]}" disk=64 work=mem,disk,clock,timers
guest_start g
xl_try 20 block-attach g "phy:$(guest_disk second 16),xvdb,w" || die_error "xl block-attach: $(xl_complaint)"
within 20 is 1 discards || die_error "the disk offers no discards to begin with"
# A kernel thread flushes xvdb all the time, so that a request is in progress whenever the guest is
# saved. The programs do not ensure this: their requests are complete before the freezer succeeds.
guest_module g flusher.ko
write
for ((i = 1; i <= CYCLES; i++)); do
	sleep 3
	guest_save g image
	guest_restore_paused image
	dir=/local/domain/$(xl domid g)/device/vbd
	for disk in $(xenstore-list "$dir"); do
		xenstore-write "$(xenstore-read "$dir/$disk/backend")/$node" "$value"
	done
	blame=$defect
	guest_unpause g
	guest_up g
	guest_well g
	offered=1
	[ "$node" != discard-enable ] || offered=$value
	within 10 is "$offered" discards || die_fail "a disk whose backend has $node $value is wrong about discards"
	before=$(written)
	within 30 goes_on || die_fail "the second disk is not written any more"
	right
	blame=
	say "$i/$CYCLES with $node $value"
	# Restore the guest on a backend that offers the old VALUE again.
	guest_save_restore g image
	guest_well g
	within 10 is 1 discards || die_fail "a disk whose backend offers discards again does not"
done
right
in_guest g "touch /tmp/enough" >/dev/null
guest_end g
