#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# toolstack.sh OPTION...: what goes wrong on the side of the toolstack.
#
# Tested: requests that are taken back at any moment; xl that is killed at any moment
# of a save; images that are cut off, or have wrong bits; no room for an image.
# Decides: the guest goes on, after somebody resumed it where nobody but the host
# can, or from an image that was complete, when xl had begun to destroy it; a bad image
# is refused, and leaves no domain behind.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

taken_back() {
	local status=0 ms=$((RANDOM % 250))
	say "taken back after $ms ms"
	suspend-guest -a $ms "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || status=$?
	[ "$status" -le 1 ] || die_fail "taken back: $(tail -n 1 "$OUT/suspend.log")"
	guest_well g
}

# killed [-c]: at any moment of what took $whole ms before.
killed() {
	local pid ms id
	id=$(xl domid g)
	rm -f image
	xl save "$@" g image >>"$OUT/xl.log" 2>&1 &
	pid=$!
	ms=$((RANDOM % whole))
	say "xl save $* is killed after $ms of $whole ms"
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	# Its helper, too, which holds the domain.
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
	# What it had acknowledged it goes through with, some time later.
	for ((try = 0; try < 5; try++)); do
		sleep 1
		suspend-guest -r "$(xl domid g)" >"$OUT/suspend.log" 2>&1 || die_error "$(tail -n 1 "$OUT/suspend.log")"
	done
	xl_try 20 unpause g || true
	guest_up g
	guest_well g
}

# domains: and a line above them. By number, for one that is half gone has no name.
domains() { xl list | wc -l; }

# bad NAME: an image that nothing must be made of.
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
# Where libxc's stream says what it is, behind what xl and libxl put before it, and
# where libxl's says that it ends. (One bit in what libxl's says at its beginning, and
# xl 4.17.7 ends by a segmentation fault, and leaves a domain.)
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
