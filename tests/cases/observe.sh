#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# observe.sh OPTION...: trace a save with its restore, and a checkpoint, in a guest, by tracefs
# and by trace-cmd.
#
# Tested: other tools can read the traces of a suspend: the kernel's power events, which
# sleepgraph draws, and our own events, which trace-cmd decodes. The suspend freezes and thaws the
# tasks that record these events, too.
# Decides: the guest continues, and there are traces. tests/observe checks afterwards whether the
# traces are right.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh

events="power/suspend_resume power/device_pm_callback_start power/device_pm_callback_end xen_suspend"

tracing=/sys/kernel/tracing
records() { in_guest g "cat /sys/kernel/debug/xen_suspend/last" >"$OUT/$1.last"; }

# trace_start, trace_stop WHAT: record the events by tracefs, with the global clock, as sleepgraph
# does.
trace_start() {
	local e
	in_guest g "cd $tracing && echo global >trace_clock && echo 2048 >buffer_size_kb && echo 1 >tracing_on" >/dev/null
	for e in $events; do
		in_guest g "echo 1 >$tracing/events/$e/enable" >/dev/null
	done
}
trace_stop() {
	in_guest g "cd $tracing && echo 0 >tracing_on && echo 0 >events/enable && cat trace && echo >trace" >"$OUT/$1.trace"
	grep -q suspend_resume "$OUT/$1.trace" || die_fail "no suspend_resume event of the $1"
}

save_restore() {
	guest_save_restore g image
	guest_well g
}
checkpoint() {
	guest_checkpoint g image
	guest_well g
}

# record_start: start trace-cmd in the background, as a user would leave it running.
record_start() {
	local e options=
	for e in $events; do options+=" -e ${e/\//:}"; done
	in_guest g "cd /tmp && (/tmp/trace-cmd record -C global -o t.dat $options >record.log 2>&1 & echo \$! >record.pid)" >/dev/null
	within 60 guest_true g "cd $tracing && grep -q 1 events/xen_suspend/enable && grep -q 1 tracing_on" ||
		die_error "trace-cmd does not record: $(in_guest g 'tail -n 1 /tmp/record.log')"
}
# record_stop NAME: end trace-cmd, and get its report.
record_stop() {
	in_guest g "kill -INT \$(cat /tmp/record.pid)" >/dev/null
	within 60 guest_true g "test ! -d /proc/\$(cat /tmp/record.pid)" ||
		die_fail "trace-cmd does not end: $(in_guest g 'tail -n 1 /tmp/record.log')"
	in_guest g "cat /tmp/record.log" >"$OUT/record.log"
	in_guest g "/tmp/trace-cmd report -i /tmp/t.dat 2>&1" >"$OUT/$1.report"
}

guest_start_loaded g "$@" work=mem,disk,tcp,clock,timers
for what in save_restore checkpoint; do
	trace_start
	"$what"
	trace_stop "$what"
	records "$what"
	say "$what traced"
done

guest_tool g /usr/bin/trace-cmd
for what in save_restore checkpoint; do
	record_start
	"$what"
	record_stop "$what"
	records "$what.report"
	say "$what recorded"
done
guest_end g
