#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pressure.sh fill=swapped:KB|left:KB|limited:KB OPTION...: restore a guest whose programs use
# more memory than it has, and swap (swapped); or all of its memory (left); or more than their
# memory cgroup allows (limited). They make and unlink files on ext4, fork, and write much at
# once. The backend of the disk with the ext4 can be found only three seconds after the walk. In
# odd cycles, the programs are stopped until the walk is over. Otherwise the guest may take the
# slow walk, because a program that waits for memory may hold mmap_lock.
#
# Tested: allocations that cannot succeed before disks are connected succeed later.
# Decides: no program fails to get memory, and the file system has no error.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh

own_option fill "$@"
case $own in
swapped:* | limited:*) swap=swap=128 ;;
left:*) swap='' ;;
*) die_error "fill=$own: say fill=swapped:KB, fill=left:KB or fill=limited:KB" ;;
esac

# unharmed: check that no program failed to get memory, and that all programs continue.
unharmed() {
	ext4_well g
	guest_true g "grep '^/dev/xvda .* rw,' /proc/mounts" || die_fail "the file system is not writable any more"
	guest_well g
	guest_filled g
}

# pause: stop the programs until the guest has completed one more suspend.
pause() {
	within 60 guest_true g "killall -STOP churn fills; for p in \$(pidof churn fills); do grep -q '^State:.[TZ]' /proc/\$p/status || exit 1; done" ||
		die_error "the programs do not stop: $(in_guest g "grep '^State' /proc/[1-9]*/status" | xargs)"
	guest_after_suspend g "killall -CONT churn fills"
}

preparing=yes
# shellcheck disable=SC2086 # nothing, or one option
guest_config g disk=128 $swap work=mem,tcp,clock "${others[@]}"
tools_unpack
ext4_make g.disk
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
guest_start g
ext4_churns g
case $own in
limited:*)
	in_guest g "mkdir -p /tmp/cgroup && mount -t cgroup2 none /tmp/cgroup && echo +memory >/tmp/cgroup/cgroup.subtree_control && mkdir /tmp/cgroup/limited && echo 24M >/tmp/cgroup/limited/memory.max" >/dev/null
	guest_fill g swapped "${own#*:}" limited
	;;
*)	guest_fill g "${own%:*}" "${own#*:}" ;;
esac
unharmed
preparing=
for ((i = 1; i <= CYCLES; i++)); do
	if [ -n "$swap" ]; then
		before=$(guest_swapped g)
		within 60 differs "$before" guest_swapped g || {
			[ "$i" = 1 ] || die_fail "the guest does not swap any more"
			die_error "the guest does not swap"
		}
	fi
	[ $((i % 2)) = 0 ] || pause
	was=$(guest_suspends g)
	guest_save g image
	guest_restore_without g image vbd/51712
	sleep 3
	# shellcheck disable=SC2154 # guest_restore_without sets domain
	xenstore-write "$domain/device/vbd/51712/backend-id" 0
	guest_up g
	why=$(guest_slow g "$was")
	[ $((i % 2)) = 0 ] || [ -z "$why" ] || die_error "tasks were frozen, though all programs were stopped: $why"
	unharmed
	say "$i/$CYCLES well, $(ext4_files g) files${why:+, tasks were frozen: $why}"
done
ext4_ends g
xl_must 60 shutdown g
guest_off g
