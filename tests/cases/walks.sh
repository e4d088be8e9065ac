#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# walks.sh OPTION...: check when a suspend takes the fast walk, which does not freeze tasks and
# devices.
#
# Tested: a guest with disks, network interfaces and an input device that is not hardware takes
# the fast walk, in a checkpoint and in a restore, even if a program always holds mmap_lock. The
# guest takes the slow walk while a program has event channels of its own, while there is a device
# of another kind, and while a task waits in reclaim. It also takes the slow walk for ever after
# the kernel was fully preemptible, but not after changes between other preemption models. A
# device keeps its driver until the walk is over. Tasks check whether they must freeze only from
# the first fast walk until some time after the last one.
# Decides: the records contain the reason of a slow walk, and the number of the last suspend when
# the driver was unbound.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# expect WHY: take a checkpoint. It must be slow for the reason WHY, a pattern, or fast if WHY is
# empty. The fast walk gives up when tasks have held locks for a second. On a busy machine this is no
# fault, so try three times, until the checkpoint is not slow for these locks.
expect() {
	local was why try
	for try in 1 2 3; do
		was=$(guest_suspends g)
		guest_checkpoint g image
		why=$(guest_slow g "$was")
		guest_well g
		say "slow for '$why'"
		# shellcheck disable=SC2053 # it is a pattern
		[[ $why != $1 ]] || return 0
		[[ $why == faults:* ]] || break
	done
	die_fail "checkpoint $try is slow for '$why', not for '$1'"
}

# is_fast WAS: succeed if the suspend after the first WAS was fast, or slow only for such locks.
is_fast() { [[ $(guest_slow g "$1") == @(|faults:*) ]]; }

# Use one pCPU: with two, QEMU 7.2 may execute code that the other pCPU has patched meanwhile. Use
# one vCPU: with two, each of some thousand patches would wait for the other vCPU.
guest_start_loaded g "$@" line='cpus="0"'
guest_well g
guest_module g counted.ko
freezing=/sys/module/counted/parameters/freezing
freezing() { in_guest g "cat $freezing"; }
is 0 freezing || die_fail "$(freezing) have tasks look whether they are to freeze, before any suspend"
# Tasks check for ten seconds after the walk. This time may be over when the guest answers again,
# so the guest records the counter itself.
in_guest g "touch /tmp/watch; (while [ -e /tmp/watch ]; do cat $freezing; sleep 0.1; done >/tmp/freezing 2>&1) </dev/null >/dev/null 2>&1 &" >/dev/null
expect ''
in_guest g "rm /tmp/watch" >/dev/null
guest_true g "grep -qx 1 /tmp/freezing" || die_fail "tasks do not look whether they are to freeze, after a suspend"
within 60 is 0 freezing || die_fail "tasks still look whether they are to freeze"
was=$(guest_suspends g)
guest_save_restore g image
is_fast "$was" || die_fail "a restore is slow for '$(guest_slow g "$was")'"
guest_well g

# Unbind a driver during a walk that is delayed.
debug=/sys/kernel/debug/xen_suspend
xl_try 20 network-attach g mac=00:16:3e:00:00:63 type=vif || die_error "xl network-attach: $(xl_complaint)"
within 20 guest_true g "test -e /sys/class/net/eth1" || die_error "the guest does not have eth1"
# A worker allocates irqs for eth1 in advance. This may take too long for one suspend, so take a
# checkpoint first.
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
is_fast "$was" || die_fail "slow for '$(guest_slow g "$was")'"
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
# The rest of the reason depends on the last attempt: another task may hold a lock then.
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
# At each moment, one of these programs holds its mmap_lock, until all programs are held in the
# freezer.
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
