#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lives.sh OPTION...: sixteen programs wait to be told that the guest was restored, while
# it is checkpointed, saved and restored, CYCLES times; in the end, one image is restored
# more than once.
#
# Tested: /sys/hypervisor/suspend, its uevent, and the examples that use them (tools/rekey.c
# and rekey.sh), which have a daemon draw a new key. A restore wakes each program, once; a
# checkpoint, or a suspend that is refused, wakes nobody. What was wrong before (D34):
# nothing told user space.
# Decides: the generation is the number of restores, and the id one that was not there
# before, as soon as the guest answers; the programs, of which half have no privileges, and
# the uevents say the same, with no line too few or too many; the counts and times are
# those of the checkpoints, refusals and restores, within 2 s.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

dir=/sys/hypervisor/suspend
debug=/sys/kernel/debug/xen_suspend
log=/tmp/log
keys=/tmp/keys
cancelled=0 failed=0 restored=0 reason=''

# look: what the files in $dir say, and the guest's time as now, in $life.
declare -A life=()
look() {
	local said name value
	said=$(in_guest g "cd $dir; for f in generation id *_time cancelled failed failed_reason; do echo \$f \$(cat \$f); done; date +'now %s'")
	while read -r name value; do
		life[$name]=$value
	done <<<"$said"
}

# says_that NAME VALUE
says_that() { [ "${life[$1]}" = "$2" ] || die_fail "$when: $1 is \"${life[$1]}\", not \"$2\""; }

# between NAME FROM TO: in s, within two of them.
between() {
	((life[$1] >= $2 - 2 && life[$1] <= $3 + 2)) ||
		die_fail "$when: $1 is ${life[$1]}, and not from $2 to $3"
}

# nothing_new: the same life, of which nobody was told anything. If there is more in
# the log later, somebody was.
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

# new_life: the id is one; none is twice in the list.
new_life() {
	[[ ${life[id]} =~ ^[0-9a-f]{32}$ ]] || die_fail "$when: \"${life[id]}\" is no id"
	echo "${life[id]}" >>ids
	[ -z "$(sort ids | uniq -d)" ] || die_fail "$when: the id has been there before"
}

# expect WHO...: they and the sixteen say of this life what there is to say.
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

# told: all that was expected so far was said, and nothing else.
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
	# xl does not wait until the guest has its tasks going again.
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

# restore IMAGE: into its next life.
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

# renewed: the daemon has a key more, which is no clone's either; and the shell's example
# sees one new life, once.
renewed() {
	within 60 is $((restored + 2)) in_guest g "wc -l <$keys" ||
		die_fail "$when: the daemon has drawn $(in_guest g "wc -l <$keys") keys"
	in_guest g "tail -n 1 $keys" >>keys.drawn
	[ -z "$(sort keys.drawn | uniq -d)" ] || die_fail "$when: the daemon has drawn a key that was there before"
	in_guest g "for twice in 1 2; do /tmp/rekey.sh sh -c 'echo rekey.sh \$XEN_GENERATION \$XEN_ID >>$log'; done" >/dev/null
	echo "rekey.sh ${life[generation]} ${life[id]}" >>expected
	told
}

# the_daemon: it draws a key at first, and at each SIGHUP, which it gets from rekey, at
# first as well; that has to try twice, if there is /tmp/busy.
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
	# Long enough to tell one from the other.
	((i % 10 != 1)) || sleep 6
	restore image
	guest_well g
	say "$i/$CYCLES, generation ${life[generation]}"
done
say "result: $restored restores, 16 programs each told $restored times"

# The last one counts for each clone anew.
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
