#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lives.sh OPTION...: sixteen programs in a guest wait for notifications of restores. The guest is
# checkpointed, saved and restored, CYCLES times. In the end, one image is restored three times.
#
# Tested: /sys/hypervisor/suspend, its uevent, and the examples that use them (tools/rekey.c and
# rekey.sh), which make a daemon draw a new key. A restore wakes each program once. A checkpoint or
# a refused suspend wakes no program. Defect D34: the stock kernel does not notify user space.
# Decides: as soon as the guest answers, the generation is the number of restores, and the id is
# new. The programs, half of them unprivileged, and the uevents report the same, with no line
# missing or too many. The counts of checkpoints and refusals are right, and the times of
# checkpoints, refusals and restores are right within 2 s.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

dir=/sys/hypervisor/suspend
debug=/sys/kernel/debug/xen_suspend
log=/tmp/log
keys=/tmp/keys
cancelled=0 failed=0 restored=0 reason=''

# look: read the files in $dir, and the guest's time (as "now"), into $life.
declare -A life=()
look() {
	local said name value
	said=$(in_guest g "cd $dir; for f in generation id *_time cancelled failed failed_reason; do echo \$f \$(cat \$f); done; date +'now %s'")
	while read -r name value; do
		life[$name]=$value
	done <<<"$said"
}

# says_that NAME VALUE: fail unless look has read VALUE from the file NAME.
says_that() { [ "${life[$1]}" = "$2" ] || die_fail "$when: $1 is \"${life[$1]}\", not \"$2\""; }

# between NAME FROM TO: fail unless the time in the file NAME is from FROM to TO, within 2 s.
between() {
	((life[$1] >= $2 - 2 && life[$1] <= $3 + 2)) ||
		die_fail "$when: $1 is ${life[$1]}, and not from $2 to $3"
}

# nothing_new: fail if the generation, the id or the time of the restore has changed, or a program
# was notified. A late notification makes a later check of the log fail.
nothing_new() {
	local generation=${life[generation]} id=${life[id]} at=${life[restored_time]}
	look
	says_that generation "$generation"
	says_that id "$id"
	says_that restored_time "$at"
	says_that cancelled $cancelled
	says_that failed $failed
	says_that failed_reason "$reason"
	told
}

# new_life: fail unless the id has 32 hexadecimal digits, and differs from each id before.
new_life() {
	[[ ${life[id]} =~ ^[0-9a-f]{32}$ ]] || die_fail "$when: \"${life[id]}\" is no id"
	echo "${life[id]}" >>ids
	[ -z "$(sort ids | uniq -d)" ] || die_fail "$when: the id has been there before"
}

# expect WHO...: append the lines that the sixteen programs and WHO must write to the log about the
# present generation and id.
expect() {
	local way file who
	for way in poll select epoll edge; do
		for file in generation id; do
			for who in root nobody; do
				echo "$way-$file-$who ${life[generation]} ${life[id]}"
			done
		done
	done >>expected
	for who in "$@"; do
		echo "$who ${life[generation]} ${life[id]}"
	done >>expected
}

# told: fail unless, within 60 s, the log has all lines that were expected so far, and no others.
told() {
	sort -o expected expected
	within 60 as_expected || die_fail "$when: $(sed -n -e '/^[-+][-+]/d' -e 's/^-/missing: /p' -e 's/^+/too much: /p' "$OUT/told.diff" | head -n 1)"
}
as_expected() {
	in_guest g "sort $log" >noted
	diff -u expected noted >"$OUT/told.diff"
}

checkpoint() {
	local from=${life[now]}
	when="after checkpoint $((++cancelled))"
	guest_checkpoint g image
	# xl returns before the guest has resumed its tasks, so wait until it counts the checkpoint.
	within 60 is $cancelled in_guest g "cat $dir/cancelled" || true
	nothing_new
	between cancelled_time "$from" "${life[now]}"
}

refusal() {
	local from=${life[now]}
	when="after refusal $((++failed))"
	in_guest g "echo 'error=-5 devices' >$debug/inject" >/dev/null
	reason='phase="devices" error=-EIO'
	guest_ask g suspend
	within 60 is $failed in_guest g "cat $dir/failed" || true
	guest_says_why g "$reason time=*"
	guest_ask g ''
	nothing_new
	between failed_time "$from" "${life[now]}"
}

# restore IMAGE: restore the guest, and check its generation, its id and the notifications.
restore() {
	local from ahead
	read -r ahead _ <<<"$offset"
	from=$((${EPOCHREALTIME/./} / 1000000 + ahead / 1000))
	guest_restore "$1"
	guest_up g
	look
	says_that generation $restored
	new_life
	says_that cancelled $cancelled
	says_that failed $failed
	says_that failed_reason "$reason"
	expect "change@/devices/virtual/xen_guest/suspend" rekey
	told
	look
	between restored_time "$from" "${life[now]}"
	renewed
}

# renewed: fail unless the daemon has drawn one more key, which differs from all keys before and of
# other clones. Run rekey.sh twice: its command must run once.
renewed() {
	within 60 is $((restored + 2)) in_guest g "wc -l <$keys" ||
		die_fail "$when: the daemon has drawn $(in_guest g "wc -l <$keys") keys"
	in_guest g "tail -n 1 $keys" >>keys.drawn
	[ -z "$(sort keys.drawn | uniq -d)" ] || die_fail "$when: the daemon has drawn a key that was there before"
	in_guest g "for twice in 1 2; do /tmp/rekey.sh sh -c 'echo rekey.sh \$XEN_GENERATION \$XEN_ID >>$log'; done" >/dev/null
	echo "rekey.sh ${life[generation]} ${life[id]}" >>expected
	told
}

# the_daemon: start a daemon that draws a key at its start and at each SIGHUP. Start rekey, which
# sends SIGHUP at its start and after each restore. If /tmp/busy exists, the first attempt fails.
the_daemon() {
	in_guest g "printf '%s\n' 'draw() { head -c 16 /dev/urandom | md5sum >>$keys; }' 'trap draw HUP' draw 'while :; do sleep 1; done' >/tmp/daemon"
	in_guest g "printf '%s\n' '#!/bin/sh' 'rm /tmp/busy 2>/dev/null && exit 1' 'echo rekey \$XEN_GENERATION \$XEN_ID >>$log' 'exec kill -HUP \$(cat /tmp/daemon.pid)' >/tmp/renew; chmod +x /tmp/renew"
	in_guest g "mkdir -p /run; sh /tmp/daemon >/dev/null 2>&1 & echo \$! >/tmp/daemon.pid"
	within 60 guest_true g "test -s $keys" || die_error "the daemon draws no key"
	in_guest g "/tmp/rekey /tmp/renew >/dev/null 2>&1 &"
}

guest_config g "$@" work=clock,timers
guest_start g
when="at first"
blame=D34
guest_true g "test -d $dir" || die_fail "nothing tells programs of a restore: no $dir"
blame=
look
says_that generation 0
new_life
for name in restored_time cancelled cancelled_time failed failed_time; do
	says_that "$name" 0
done
says_that failed_reason ''
modes=$(in_guest g "cd $dir; stat -c %a generation id *_time cancelled failed failed_reason | sort -u")
[ "$modes" = 444 ] || die_fail "$when: the modes of files are $modes"
for program in pollers rekey rekey.sh; do
	guest_program g $program
done
in_guest g "/tmp/pollers $dir $log" >/dev/null
the_daemon >/dev/null
expect uevents rekey
told
renewed
guest_well g

for ((i = 1; i <= CYCLES; i++)); do
	checkpoint
	((i % 10 != 1)) || refusal
	((i % 10 != 2)) || in_guest g "touch /tmp/busy" >/dev/null
	when="after restore $((++restored))"
	offset=$(clock_offset g)
	guest_save g image
	# The sleep is longer than the tolerance of 2 s. So the case fails if restored_time is the
	# time of the save.
	((i % 10 != 1)) || sleep 6
	restore image
	guest_well g
	say "$i/$CYCLES, generation ${life[generation]}"
done
say "result: $restored restores, 16 programs each told $restored times"

# All clones are restored from one image, so they have the same generation, and each clone's log
# begins with the same lines.
offset=$(clock_offset g)
guest_save g image
restored=$((restored + 1))
cp expected expected.then
for i in 1 2 3; do
	when="after clone $i"
	[ "$i" = 1 ] || guest_destroy g
	cp expected.then expected
	restore image
	guest_well g
	say "clone $i: generation ${life[generation]}, id ${life[id]}"
done
guest_end g
