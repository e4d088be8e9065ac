#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# time-away.sh seconds=N OPTION...: a guest that panics at each warning is paused by xl pause, kept
# paused after xl restore -p, and suspended in a checkpoint whose reader stalls, each for N seconds.
#
# Tested: no watchdog reports a fault because of this time: soft lockups, tasks that hang,
# workqueues, RCU stalls. The defect D58 of the stock kernel: after xl pause,
# each vCPU reported a soft lockup. A task, a work item and a grace period (stalls.c) begin before
# a pause and end soon after it.
# Decides: the console has no report, and all programs continue.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

own_option seconds "$@"
seconds=$own

# settings: set the timeouts of all watchdogs below N seconds. A soft lockup is reported after
# twice watchdog_thresh.
settings() {
	local setting missing
	for setting in /proc/sys/kernel/watchdog_thresh=5 /proc/sys/kernel/hung_task_timeout_secs=10 \
			/proc/sys/kernel/hung_task_check_interval_secs=5 /proc/sys/kernel/hung_task_panic=1 \
			/proc/sys/kernel/panic_on_warn=1 /proc/sys/kernel/softlockup_panic=1 /proc/sys/kernel/panic_on_rcu_stall=1 \
			/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout=10 \
			/sys/module/workqueue/parameters/watchdog_thresh=10; do
		guest_true g "echo ${setting#*=} >${setting%=*}" || missing+=" ${setting%=*}"
	done
	[ -z "${missing:-}" ] || die_error "the guest does not have$missing"
}

# waits WHAT: wait until all watchdogs have checked: soft lockups every 2 s, tasks every 5 s, the
# others every 10 s.
waits() {
	guest_up g
	sleep 12
	guest_well g
	say "$1 for $seconds s"
}

# stalls: make a task sleep for longer than 5 s, so that khungtaskd has seen it. For the last
# second before a pause, the last CPU is busy, and runs no program. Both end at most 4 s after the
# pause.
stalls() {
	local ms=$(((seconds + 10) * 1000))
	guest_asleep g $ms
	guest_set g stalls busy=$ms
	sleep 6
}

# pauses WHEN: pause the guest while a task, a work item and a grace period last.
pauses() {
	stalls
	xl_must 20 pause g
	sleep "$seconds"
	guest_unpause g
	waits "$1"
}

guest_start_loaded g "${others[@]}"
guest_module g stalls.ko
settings
# Loops keep the vCPUs in user mode.
in_guest g "for i in 1 2; do (nice -n 19 sh -c 'while :; do :; done' </dev/null >/dev/null 2>&1 &) ; done" >/dev/null
blame=D58
pauses "paused"
blame=

guest_save g image
guest_restore_paused image
sleep "$seconds"
guest_unpause g
waits "paused after a restore"

guest_save_restore g image
pauses "paused soon after a restore"

mkfifo unread
xl_try $((seconds + 120)) save -c g unread & saver=$!
{ head -c 1000000 >/dev/null; sleep "$seconds"; cat >/dev/null; } <unread
wait $saver || die_error "xl save -c: $(xl_complaint)"
waits "suspended"
guest_end g
