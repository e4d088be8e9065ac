#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# toolstack.sh OPTION...: errors on the side of the toolstack.
#
# Tested: requests that are withdrawn at any moment; xl that is killed at any moment of a save;
# images that are cut off, or have wrong bits; no space for an image.
# Decides: the guest continues. After xl is killed, the case must resume the domain, because only
# the host can do this. If xl had begun to destroy the domain, the image is complete, and the
# guest continues from it. xl rejects a bad image, and leaves no domain.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

taken_back() {
	local status=0 ms=$((RANDOM % 250))
	say "taken back after $ms ms"
	suspend-guest -a $ms "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || status=$?
	[ "$status" -le 1 ] || die_fail "taken back: $(tail -n 1 "$OUT/suspend.log")"
	guest_well g
}

# killed [-c]: kill xl save at a random moment. $whole is the time in ms that the first checkpoint
# took.
killed() {
	local pid ms id
	id=$(xl domid g)
	rm -f image
	xl save "$@" g image >>"$OUT/xl.log" 2>&1 &
	pid=$!
	ms=$((RANDOM % whole))
	say "xl save $* is killed after $ms of $whole ms"
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	# Also kill libxl-save-helper, which works on the domain.
	kill -9 $pid || true
	killall -9 libxl-save-helper 2>/dev/null || true
	wait $pid || true
	if [ $# = 0 ] && image_complete image; then
		xl_try 60 destroy "$id" || true
		guest_restore image
		guest_up g
		guest_well g
		return
	fi
	guest_ask g ''
	# If the guest has acknowledged the request, it suspends some time later. So resume it
	# several times.
	for ((try = 0; try < 5; try++)); do
		sleep 1
		suspend-guest -r "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || die_error "$(tail -n 1 "$OUT/suspend.log")"
	done
	xl_try 20 unpause g || true
	guest_up g
	guest_well g
}

# domains: print the number of domains and one line above them. Count lines, because a domain that
# is half destroyed has no name.
domains() { xl list | wc -l; }

# bad NAME: try to restore the image NAME. xl must reject it, and leave no domain.
bad() {
	sed -e "s/^name=.*/name='copy'/" g.cfg >copy.cfg
	local status=0
	xl_try 60 restore copy.cfg "$1" || status=$?
	[ $status != 0 ] || die_error "xl restores from an image that is $1"
	[ $status != 124 ] || die_fail "xl makes no end of an image that is $1"
	within 10 is 3 domains || die_fail "a domain is left of an image that is $1"
	guest_well g
	say "$1"
}

guest_start_loaded g "$@" disk= work=mem,storm,tcp,clock,timers
guest_well g
start=${EPOCHREALTIME/./}
xl_must 90 save -c g image
whole=$(((${EPOCHREALTIME/./} - start) / 1000))
guest_well g
say "a checkpoint takes $whole ms"
for ((i = 1; i <= CYCLES; i++)); do
	taken_back
	killed -c
	killed
	say "$i/$CYCLES well"
done

guest_checkpoint g image
size=$(stat -c %s image)
head -c $((size / 2)) image >cut-off
bad cut-off
rm cut-off
# Overwrite bytes at two places: the header of libxc's stream, which follows the headers of xl and
# libxl, and the record that ends libxl's stream. (Not in libxl's own header: with one wrong bit
# there, xl 4.17.7 ends by a segmentation fault, and leaves a domain.)
xl_has=$((48 + $(od -An -t u4 -j 44 -N 4 image)))
for place in $((xl_has + 32)) $((size - 8)); do
	cp image flipped
	printf '\377\377\377\377' | dd of=flipped bs=1 seek="$place" conv=notrunc 2>/dev/null
	bad flipped
done
rm flipped

mkdir -p small
mount -t tmpfs -o size=20M none small
! xl_try 90 save g small/image || die_error "an image fits where it cannot"
umount small
guest_up g
guest_well g
say "no room"
say "result: $CYCLES times taken back, $((2 * CYCLES)) times xl killed, 3 bad images, no room for 1; no guest lost"

guest_save_restore g image
guest_well g
guest_end g
