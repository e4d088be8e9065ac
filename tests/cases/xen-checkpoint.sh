#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xen-checkpoint.sh what=many|all OPTION...: checkpoints by xen-checkpoint, CYCLES times, of a guest
# at work. what=many: only these, and a restore of each tenth image beside the guest. what=all: also
# restores in place, compressed images, and each way in which a checkpoint fails.
#
# Tested: xl restore accepts the image, with a copy of the disk of the same moment, beside the
# guest and in its place. The image has few old versions of pages. xen-checkpoint restore accepts
# a compressed image. After each failure the guest runs, there is no file, and the next checkpoint
# works. The failures are: a command that fails, a guest that refuses or is paused, a pause that
# would be too long, a full disk, a closed pipe, main and the helper killed while the guest is
# suspended, two checkpoints at once. If the guest cannot be resumed, its image brings it back. If
# all processes are killed, log-dirty mode stays on, and the next checkpoint reports this. A PV
# guest that has mapped a grant gets no image, because libxenguest leaves a page table out.
# Decides: every program continues. Exit status and message are the expected ones. No file is left
# after a failure. verify-stream-v2 and xl restore accept the image. The restored guest finds on
# its disk what it has written.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

inject=/sys/kernel/debug/xen_suspend/inject
mkdir images

# checkpoint STATUS OPTION...: write a checkpoint of $name to images/g, which must exit with
# STATUS. Set $message.
name=g
checkpoint() {
	local want=$1 status=0
	shift
	echo "+ xen-checkpoint $*" >>"$OUT/checkpoint.log"
	timeout 120 "$JOB/xen-checkpoint" "$@" "$name" images/g >message 2>&1 || status=$?
	message=$(cat message)
	echo "$message" >>"$OUT/checkpoint.log"
	[ "$(timely "$status")" = "$want" ] || die_fail "xen-checkpoint $*: status $status, not $want: $message"
}

# goes_on WHAT: fail with WHAT unless the guest runs again within 20 s and no file is left.
runs() { in_state g rb- && ! in_state g s; }
no_files() { [ -z "$(ls -A images)" ]; }
goes_on() {
	within 20 runs || die_fail "$1: the guest is left suspended"
	within 20 no_files || die_fail "$1: there is $(echo images/*)"
	guest_well g
	say "$1: goes on"
}

reports() { [[ $message == *"$1"* ]] || die_fail "xen-checkpoint reports: $message"; }

# succeeds OPTION...: take a checkpoint. It must succeed, and its image must be sound.
succeeds() {
	checkpoint 0 "$@"
	image_sound images/g
	is_compact
	say "$(tail -n 1 message)"
	guest_well "$name"
}

# is_compact: check that at most a tenth of the image is old versions of pages. Ignore 16 MB for
# records that have no pages, and for the types of the holes of a PVH guest.
is_compact() {
	local pages bytes
	pages=$("$JOB/xen-checkpoint" --check images/g | sed -n 's/.*: sound: \([0-9]*\) pages.*/\1/p')
	bytes=$(stat -c %s images/g)
	[ "$bytes" -lt $((pages * 4096 * 10 / 9 + (16 << 20))) ] || die_fail "$bytes bytes for $pages pages"
}

# beside: restore the image beside the running guest, as operators do, with the disk of the pause and
# no network. When h shuts down, its disk has all that h wrote.
beside() {
	local loop
	cp snapshot h.disk
	loop=$(losetup -f)
	losetup "$loop" h.disk
	guest_restore_beside h images/g g "$loop"
	sleep 5
	guest_well g
	guest_end h
	losetup -d "$loop"
	say "restored beside it"
}
with_disk() { succeeds --at-pause "cp $name.disk snapshot" --at-pause-limit 60000; }

own_option what "$@"
guest_start_loaded g "${others[@]}"
guest_well g

# Restore each tenth checkpoint. xen-checkpoint itself has checked the images of the others.
for ((i = 1; i <= CYCLES; i++)); do
	if ((i % 10)); then
		checkpoint 0
		guest_well g
	else
		with_disk
		beside
	fi
	rm images/g
	say "$i/$CYCLES checkpoint"
done
if [ "$own" = many ]; then
	guest_end g
	exit
fi

# At least 100 MB of the guest's memory are not holes, so --rate 20 takes 4 s or more.
before=$SECONDS
succeeds --rate 20
took=$((SECONDS - before))
[ "$took" -ge 4 ] || die_fail "--rate 20: the checkpoint took $took s"
rm images/g

checkpoint 1 --at-pause 'exit 3'
reports "--at-pause: the command failed with exit status 3"
goes_on "a command that fails"

checkpoint 4 --max-pause 1
reports "--max-pause 1: the pause would be about"
goes_on "a pause that would be too long"

# Only our kernel can inject a fault, and reports that it refuses.
if guest_true g "test -e /sys/hypervisor/suspend || test -e $inject"; then
	in_guest g "echo 'error=-5 devices' >$inject" >/dev/null
	[ "$(in_guest g "cat $inject")" != '' ] || die_error "nothing is injected"
	checkpoint 3 --json
	reports 'the guest refuses to suspend: phase=\"devices\"'
	took=$(sed -n 's/.*"asked_ms":\([0-9]*\).*/\1/p' message)
	[ "$took" -lt 20000 ] || die_fail "the refusal was noticed after $took ms"
	goes_on "a guest that refuses"
fi

xl pause g
checkpoint 2
reports "the domain is paused"
xl unpause g
guest_well g
guest_bears_loops g
# Pause it only while it is copied. If a domain is paused earlier, libxenguest thinks that it is
# suspended.
copying() { [ -n "$(find images -size +1000k)" ]; }
(within 60 copying && exec xl pause g) &
checkpoint 1 --rate 20
reports "the guest did not acknowledge the request"
xl unpause g
goes_on "a guest that is paused while it is copied"
sleep 6		# the guardian waits for a guest that suspends after all
succeeds
rm images/g

mount -t tmpfs -o size=20m tmpfs images
checkpoint 1
reports "No space left on device"
goes_on "a full disk"
umount images

# shellcheck disable=SC2016 # the command's own
main='$(sed -n "s/^PPid:\t//p" /proc/$PPID/status)'
checkpoint 137 --at-pause "kill -KILL $main; sleep 1"
goes_on "main is killed while the guest is suspended"

# shellcheck disable=SC2016
checkpoint 1 --at-pause 'kill -KILL $PPID; sleep 1'
goes_on "the helper is killed while the guest is suspended"

checkpoint 1 --at-pause "kill -INT $main; sleep 1"
reports "interrupted by signal 2"
goes_on "main is interrupted while the guest is suspended"

status=0
"$JOB/xen-checkpoint" g - 2>message | head -c 1000000 >/dev/null || status=${PIPESTATUS[0]}
[ "$status" = 1 ] || die_fail "a closed pipe: status $status: $(cat message)"
goes_on "a closed pipe"

"$JOB/xen-checkpoint" -q --at-pause 'touch at-pause; sleep 3' g first 2>first.log &
first=$!
within 60 test -e at-pause || die_fail "the first of two does not suspend: $(cat first.log)"
checkpoint 2
reports "another checkpoint"
wait "$first" || die_fail "the first of two fails: $(cat first.log)"
image_sound first
rm first
goes_on "two at once"

with_disk
beside
rm images/g

# The guest has not run since the pause, so the image fits the present disk.
status=0
LD_PRELOAD=$JOB/stays-suspended.so "$JOB/xen-checkpoint" g images/g >message 2>&1 || status=$?
message=$(cat message)
[ "$status" = 6 ] || die_fail "a domain that is not resumed: status $status, not 6: $message"
reports "cannot be resumed, and its image is complete"
in_state g s || die_error "the domain was resumed: nothing is preloaded"
guest_destroy g
guest_restore images/g
guest_up g
guest_well g
say "a domain that is not resumed: restored"
rm images/g

# No process is left to clean up. Each xl save switches log-dirty mode off at its end.
"$JOB/xen-checkpoint" -q --rate 5 g images/g >killed.log 2>&1 &
main=$!
# copies: succeed if pages have been copied. Before that, log-dirty mode has been switched on.
copies() { find images -type f -size +1000k | grep -q .; }
within 60 copies || die_fail "no checkpoint begins: $(cat killed.log)"
# Kill the guardian and the helper, too.
mapfile -t all < <(grep -lx "PPid:	$main" /proc/[0-9]*/status 2>/dev/null | cut -d / -f 3)
[ "${#all[@]}" = 2 ] || die_error "main has these children: ${all[*]}"
kill -KILL "${all[@]}" $main
wait $main || true
rm images/*
# The mode of an HVM guest may be that of its VGA, so xen-checkpoint does not refuse then.
if [[ " ${others[*]} " != *" type=hvm "* ]]; then
	checkpoint 1
	reports "log-dirty mode is on already"
	goes_on "all processes are killed while the guest is copied"
	xl save -c g /dev/null >>"$OUT/xl-g.log" 2>&1 || die_fail "log-dirty mode is on, and xl save -c fails"
	guest_well g
fi
succeeds
rm images/g
say "all processes are killed: the next checkpoint succeeds"

# is_mapped: a page table of the guest has a frame of dom0. The image of xl save lacks this page
# table, but xl save succeeds.
is_mapped() { guest_true g "grep gntdev /proc/\$(pidof mapped)/maps"; }
if [[ " ${others[*]} " == *" type=pv "* ]]; then
	guest_program g mapped
	"$JOB/grants" offer "$(xl domid g)" >ref 2>"$OUT/offer.log" &
	within 5 test -s ref || die_error "no grant is offered: $(tail -n 1 "$OUT/offer.log")"
	in_guest g "/tmp/mapped $(cat ref) </dev/null >/tmp/mapped.log 2>&1 &" >/dev/null
	within 10 is_mapped || die_error "mapped: $(in_guest g "cat /tmp/mapped.log")"
	checkpoint 5
	reports "is left out"
	goes_on "a guest that has mapped a grant"
	guest_checkpoint g stock
	! "$JOB/xen-checkpoint" --check stock >message 2>&1 || die_error "xl save -c leaves no page table out: this libxenguest is another one"
	say "xl save -c succeeds, and verify-stream-v2 accepts the image: $(cat message)"
	rm stock
	in_guest g "killall mapped" >/dev/null
fi

guest_end g

# Restore in place of the guest, with the configuration from the image. This guest has no TCP
# connection, because its peer has continued since the image, and cannot go back.
name=q
guest_config q disk=64 work=mem,storm,disk,clock,timers "${others[@]}"
guest_start q
guest_well q
with_disk
guest_destroy q
cat snapshot >q.disk
guest_restore images/g
guest_up q
guest_well q
say "restored"
succeeds --json
rm images/g

# Restore in place once more, from a compressed image.
checkpoint 0 --compress --at-pause "cp q.disk snapshot" --at-pause-limit 60000
say "$(tail -n 1 message)"
! image_complete images/g || die_fail "the image is not compressed"
guest_destroy q
cat snapshot >q.disk
timeout 120 "$JOB/xen-checkpoint" restore images/g >message 2>&1 ||
	die_fail "xen-checkpoint restore: $(tail -n 1 message)"
guest_up q
guest_well q
say "restored from a compressed image"
guest_end q
