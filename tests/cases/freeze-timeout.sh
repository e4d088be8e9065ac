#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# freeze-timeout.sh OPTION...: save a guest while a task cannot be frozen. The freezer's timeout in
# /sys/power/pm_freeze_timeout is 300000 ms, as XenServer's agent writes, then 20 ms, then 1 ms. The
# name of the task has control characters.
#
# First, the case saves the guest while a task cannot be frozen for 17 s. The timeout is then 20 s.
#
# Tested: the freezer stops before the toolstack gives up. Defect D59: the tasks of the stock kernel
# stay frozen for the whole timeout, five minutes.
# Decides: the guest is saved when the task has slept for 17 s. With each other timeout, the guest
# is saved, or refuses, answers again, and does not suspend in the next 20 s. The reason names the
# task, with question marks for control characters. When the task has ended, the next save succeeds.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

runs() { xl list g | awk 'NR == 2 && $5 !~ /s/ { found = 1 } END { exit !found }'; }

guest_start_loaded g "$@"
guest_module g stalls.ko
guest_asleep g 17000
guest_checkpoint g image
guest_well g
say "saved after 17 s"
for timeout in 300000 20 1; do
	in_guest g "echo $timeout >/sys/power/pm_freeze_timeout" >/dev/null
	guest_fuse g 150000
	in_guest g "(sh -c \"printf 'r\\\\233\\\\007' >/proc/self/comm; read x </tmp/f/file\" </dev/null >/dev/null 2>&1 &) ; sleep 1" >/dev/null
	start=$SECONDS
	if xl_try 90 save -c g image; then
		say "$timeout: saved"
	else
		say "$timeout: refused after $((SECONDS - start)) s: $(guest_reason g)"
		blame=D59
		guest_up g 20
		blame=
		! guest_true g "test -e /sys/kernel/debug/xen_suspend" || [ $timeout != 300000 ] ||
			guest_says_why g 'phase="tasks" culprit="r[?][?]" *'
		# A guest that ignores that the toolstack gave up would suspend in these 20 s.
		for ((n = 0; n < 20; n++)); do
			runs || die_fail "$timeout: the guest has suspended after the toolstack gave up"
			sleep 1
		done
	fi
	guest_well g
	guest_fuse_ends g
	in_guest g "echo 20000 >/sys/power/pm_freeze_timeout" >/dev/null
	guest_save_restore g image
	guest_well g
done
guest_end g
