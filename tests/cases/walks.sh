#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# walks.sh OPTION...: when a suspend leaves tasks and devices alone, and when not.
#
# Tested: that it does for a guest with disks and network interfaces, in a checkpoint and
# in a restore; and that it does not while a program has event channels of its own, while
# there is a device of another kind, and for good since the kernel was fully preemptible.
# Decides: the records of the last suspend say why the walk was slow, if it was.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# expect WHY: a checkpoint is slow for that reason, or is not, if that is empty.
expect() {
	local why
	guest_checkpoint g image
	why=$(guest_slow g)
	# shellcheck disable=SC2053 # it is a pattern
	[[ $why == $1 ]] || die_fail "a checkpoint is slow for '$why', not for '$1'"
	guest_well g
	say "slow for '$why'"
}

# On one pCPU, since with two QEMU 7.2 may go on with code that the other one has patched;
# and with one vCPU, or each of some thousand patches waits for the other.
guest_start_loaded g "$@" line='cpus="0"'
guest_well g
expect ''
guest_save_restore g image
is '' guest_slow g || die_fail "a restore is slow for '$(guest_slow g)'"
guest_well g

guest_program g handles
in_guest g "/tmp/handles 2 /tmp/handles.log" >/dev/null
expect 'handles of programs'
in_guest g "killall handles; sleep 1" >/dev/null
expect ''

guest_module g refuse.ko
expect 'refuse*'
in_guest g "rmmod refuse" >/dev/null
expect ''

preempt=/sys/kernel/debug/sched/preempt
in_guest g "echo full >$preempt && echo voluntary >$preempt" >/dev/null
expect 'preempt=full'
guest_end g
