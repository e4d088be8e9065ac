#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# freeze-helper.sh OPTION...: save a guest while the freezer waits for a user mode helper (modprobe,
# here a program that sleeps), and a task cannot be frozen. The helper ends when the guest may no
# longer retry the suspend.
#
# Tested: the guest aborts the freezer in this situation, too. freeze_processes() waits up to 5 s
# for helpers, and then clears pending wakeup events, so an abort during this wait could be lost.
# Decides: the guest answers within 30 s after the helper has ended, and the next save succeeds.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# times FREEZER REQUEST: set the timeout of the freezer, and the time for which the guest retries a
# suspend, in ms. The stock kernel has no parameter for the latter.
times() {
	local wait=/sys/module/xen_suspend/parameters/wait_ms
	in_guest g "echo $1 >/sys/power/pm_freeze_timeout; [ ! -e $wait ] || echo $2 >$wait" >/dev/null
}

guest_start_loaded g "$@"
in_guest g "printf '#!/bin/sh\necho \$\$ >/tmp/helper.pid\nexec sleep 600\n' >/tmp/helper; chmod +x /tmp/helper; \
	mknod /tmp/nothing c 250 0; cat /proc/sys/kernel/modprobe >/tmp/modprobe" >/dev/null
for ((i = 1; i <= CYCLES; i++)); do
	times 300000 1000
	guest_fuse_reader g 150000
	in_guest g "echo /tmp/helper >/proc/sys/kernel/modprobe; (cat /tmp/nothing </dev/null >/dev/null 2>&1 &) ; sleep 1" >/dev/null
	guest_true g "kill -0 \$(cat /tmp/helper.pid)" || die_error "the kernel has not started the helper"
	xl_try 90 save -c g image &
	save=$!
	sleep 4
	guest_true g "kill \$(cat /tmp/helper.pid)" || die_error "the helper has ended before it should"
	blame=D59
	within 30 guest_true g true || die_fail "the guest is still frozen 30 s after the helper ended"
	blame=
	! wait $save || die_error "the guest was saved, although a task cannot be frozen"
	[[ ! $(guest_reason g) =~ culprit ]] || guest_says_why g 'phase="tasks" culprit="cat" *'
	say "refused: $(guest_reason g)"
	guest_well g
	guest_fuse_ends g
	in_guest g "cat /tmp/modprobe >/proc/sys/kernel/modprobe; rm /tmp/helper.pid" >/dev/null
	times 20000 55000
	guest_save_restore g image
	guest_well g
done
guest_end g
