#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# walks.sh OPTION...: when a suspend leaves tasks and devices alone, and when not.
#
# Tested: that it does for a guest with disks and network interfaces, in a checkpoint and
# in a restore, also with an input device that is not hardware; and that it does not while a
# program has event channels of its own, while there is a device of another kind, while a task
# waits in reclaim, and for good since the kernel was fully preemptible, which it is not
# between other models. It does if a program always holds mmap_lock. And that a device keeps its
# driver until the walk is over. And that tasks look whether they are to freeze from the first
# such walk until some time after the last one, and not otherwise.
# Decides: the records contain the reason of a slow walk, and the number of the last suspend when
# the driver was unbound.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# expect WHY: a checkpoint is slow for that reason, or is not, if that is empty.
expect() {
	local was why
	was=$(guest_suspends g)
	guest_checkpoint g image
	why=$(guest_slow g "$was")
	# shellcheck disable=SC2053 # it is a pattern
	[[ $why == $1 ]] || die_fail "a checkpoint is slow for '$why', not for '$1'"
	guest_well g
	say "slow for '$why'"
}

# On one pCPU, since with two QEMU 7.2 may go on with code that the other one has patched;
# and with one vCPU, or each of some thousand patches waits for the other.
guest_start_loaded g "$@" line='cpus="0"'
guest_well g
guest_module g counted.ko
freezing=/sys/module/counted/parameters/freezing
freezing() { in_guest g "cat $freezing"; }
is 0 freezing || die_fail "$(freezing) have tasks look whether they are to freeze, before any suspend"
# They do for ten seconds, which may be over when the guest is next asked.
in_guest g "touch /tmp/watch; (while [ -e /tmp/watch ]; do cat $freezing; sleep 0.1; done >/tmp/freezing 2>&1) </dev/null >/dev/null 2>&1 &" >/dev/null
expect ''
in_guest g "rm /tmp/watch" >/dev/null
guest_true g "grep -qx 1 /tmp/freezing" || die_fail "tasks do not look whether they are to freeze, after a suspend"
within 60 is 0 freezing || die_fail "tasks still look whether they are to freeze"
was=$(guest_suspends g)
guest_save_restore g image
is '' guest_slow g "$was" || die_fail "a restore is slow for '$(guest_slow g "$was")'"
guest_well g

# Unbind a driver during a walk that is delayed.
debug=/sys/kernel/debug/xen_suspend
xl_try 20 network-attach g mac=00:16:3e:00:00:63 type=vif || die_error "xl network-attach: $(xl_complaint)"
within 20 guest_true g "test -e /sys/class/net/eth1" || die_error "the guest does not have eth1"
# A worker makes irqs in reserve for it, which may take too long for one suspend.
guest_checkpoint g image
guest_well g
was=$(guest_suspends g)
in_guest g "echo 'error=0 delay=5000 xenstore' >$debug/inject" >/dev/null
guest_ask g suspend
guest_acknowledges g
in_guest g "(echo vif-1 >/sys/bus/xen/drivers/vif/unbind; head -n 1 $debug/last >/tmp/unbound) </dev/null >/dev/null 2>&1 &" >/dev/null
within 20 in_state g s || die_fail "the guest does not suspend"
suspend-guest -r "$(xl domid g)" >/dev/null || die_error "the guest cannot be resumed"
within 20 guest_true g "test -s /tmp/unbound" || die_fail "the driver is not taken away"
is '' guest_slow g "$was" || die_fail "slow for '$(guest_slow g "$was")'"
is $((was + 1)) in_guest g "cut -d' ' -f2 /tmp/unbound" || die_fail "the driver was taken away half-way"
say "a driver is taken away"

guest_program g handles
in_guest g "/tmp/handles 2 /tmp/handles.log" >/dev/null
expect 'handles of programs'
in_guest g "killall handles; sleep 1" >/dev/null
expect ''

guest_module g refuse.ko
expect 'refuse*'
in_guest g "rmmod refuse" >/dev/null
expect ''

guest_module g busy.ko
# Another task may have a lock at the last attempt.
expect 'faults*'
in_guest g "rmmod busy" >/dev/null
expect ''
busy=/sys/module/busy/parameters
guest_module g busy.ko thread=0
pid=$(in_guest g "(echo 10 >$busy/reclaim) </dev/null >/dev/null 2>&1 & echo \$!")
within 10 guest_true g "grep -q msleep /proc/$pid/stack" ||
	die_error "the program is not in reclaim: $(in_guest g "cat /proc/$pid/stack" | xargs)"
expect 'faults*'
within 30 guest_true g "! test -e /proc/$pid" || die_error "the program is in reclaim still"
# One of these always holds its mmap_lock, until they are held.
in_guest g "touch /tmp/busy; for i in 1 2 3 4; do (while [ -e /tmp/busy ]; do echo 50 >$busy/lock; done) </dev/null >/dev/null 2>&1 & done" >/dev/null
expect ''
in_guest g "rm /tmp/busy" >/dev/null
in_guest g "rmmod busy" >/dev/null
expect ''

guest_module g keys.ko
expect ''
in_guest g "rmmod keys" >/dev/null

preempt=/sys/kernel/debug/sched/preempt
in_guest g "echo none >$preempt && echo voluntary >$preempt" >/dev/null
expect ''
in_guest g "echo full >$preempt && echo voluntary >$preempt" >/dev/null
expect 'preempt=full earlier'
guest_end g
