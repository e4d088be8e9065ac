#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# states.sh OPTION...: saved, restored and checkpointed, CYCLES times, with a process in
# each of these states (states.c): stopped, traced, stepped, in vfork(), frozen by its cgroup, and
# waiting in io_uring.
#
# Tested: a suspend changes none of these states, with or without the freezer.
# Decides: each process that counted still counts, and the others still do not. The cgroup is
# still frozen. Each process continues when it is released.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

dir=/tmp/states.d
group=/tmp/cgroup/nest

# counts: print a line "NAME NUMBER" for each process
counts() { in_guest g "cd $dir; while read -r name pid; do echo \$name \$(od -An -t u8 -N 8 \$name); done <pids"; }
# moved BEFORE: print the names of the processes that have counted since BEFORE, in order
moved() {
	awk 'NR == FNR { was[$1] = $2; next } was[$1] != $2 { print $1 }' <(echo "$1") <(counts) | sort | paste -sd ' '
}

frozen() { in_guest g "cat $group/cgroup.events" | grep -q '^frozen 1'; }

unchanged() {
	local now before
	before=$(counts)
	sleep 2
	now=$(moved "$before")
	[ "$now" = "$moving" ] || die_fail "$1: these count: $now; before: $moving"
	frozen || die_fail "$1: the cgroup is not frozen any more"
}

start() {
	in_guest g "mkdir -p $dir; rm -f $dir/*; (/tmp/states $dir </dev/null >/tmp/states.log 2>&1 &) ; sleep 2; \
		pid() { sed -n \"s/^\$1 //p\" $dir/pids; }; \
		kill -STOP \$(pid stopped); \
		mkdir -p /tmp/cgroup; [ -e /tmp/cgroup/cgroup.procs ] || mount -t cgroup2 none /tmp/cgroup; \
		mkdir -p $group; sleep 1000 </dev/null >/dev/null 2>&1 & echo \$! >$group/cgroup.procs; \
		echo 1 >$group/cgroup.freeze" >/dev/null
	[ "$(counts | wc -l)" = 6 ] || die_error "not all processes have started: $(in_guest g "cat /tmp/states.log")"
	within 10 frozen || die_error "the cgroup does not freeze"
}

release() {
	local before
	in_guest g "touch $dir/release; kill -CONT \$(sed -n 's/^stopped //p' $dir/pids); echo 0 >$group/cgroup.freeze" >/dev/null
	before=$(counts)
	all_move() { [ "$(moved "$before")" = "$all" ]; }
	within 20 all_move || die_fail "released, only these count: $(moved "$before")"
	! frozen || die_fail "the cgroup cannot be thawed"
}

moving="running stepped uring"
all="running stepped stopped traced uring vfork"
guest_start_loaded g "$@"
guest_program g states
for ((i = 1; i <= CYCLES; i++)); do
	start
	unchanged "before"
	guest_checkpoint g image
	unchanged "after a checkpoint"
	guest_save_restore g image
	unchanged "after a restore"
	release
	in_guest g "kill -9 \$(cut -d' ' -f2 $dir/pids) \$(cat $group/cgroup.procs); killall -9 states; true" >/dev/null
	guest_well g
	say "$i/$CYCLES well"
done
guest_end g
