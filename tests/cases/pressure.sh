#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pressure.sh fill=swapped:KB|left:KB OPTION...: restore a guest whose programs use all of its
# memory, or more and swap. They make and unlink files on ext4, fork, and write much at once.
# The "listeners" phase is delayed by 1 s, and no disk is connected in this second.
#
# Tested: allocations before disks are connected succeed, later.
# Decides: no program is refused, and the file system is well.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh

own_option fill "$@"
case $own in
swapped:*) swap=swap=128 ;;
left:*) swap='' ;;
*) die_error "fill=$own: say fill=swapped:KB or fill=left:KB" ;;
esac

state() { in_guest g "cat /tmp/state"; }

# unharmed: nobody was refused memory, and all go on.
unharmed() {
	local now said
	now=$(state)
	[[ $now != FAIL* ]] || die_fail "a program: ${now#FAIL }"
	said=$(grep -am 1 "EXT4-fs error" "$(console_of g)" | tr -d '\r') || true
	[ -z "$said" ] || die_fail "$said"
	guest_true g "grep '^/dev/xvda .* rw,' /proc/mounts" || die_fail "the file system is not writable any more"
	within "$PATIENCE" differs "$now" state || die_fail "programs stand still: $now"
	guest_well g
	guest_filled g
}

preparing=yes
# shellcheck disable=SC2086 # nothing, or one option
guest_config g disk=128 $swap work=mem,tcp,clock "${others[@]}"
tools_unpack
/usr/sbin/mke2fs -q -t ext4 -e remount-ro -F g.disk || die_error "cannot make an ext4"
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
guest_start g
guest_program g churn
in_guest g "mkdir /tmp/ext4 && mount -t ext4 /dev/xvda /tmp/ext4 && /tmp/churn /tmp/state /tmp/ext4 /tmp" >/dev/null
guest_fill g "${own%:*}" "${own#*:}"
unharmed
preparing=
for ((i = 1; i <= CYCLES; i++)); do
	if [ -n "$swap" ]; then
		before=$(guest_swapped g)
		within 60 differs "$before" guest_swapped g || die_error "the guest does not swap"
	fi
	in_guest g "echo error=0 delay=1000 listeners >/sys/kernel/debug/xen_suspend/inject" >/dev/null
	guest_save_restore g image
	why=$(guest_slow g)
	unharmed
	say "$i/$CYCLES well, $(state)${why:+, tasks were frozen: $why}"
done
in_guest g "killall churn; sleep 1; umount /tmp/ext4" >/dev/null
xl_must 60 shutdown g
guest_off g
