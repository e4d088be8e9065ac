#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# freeze-timeout.sh OPTION...: saved while a task cannot be frozen, with other times for the freezer
# in /sys/power/pm_freeze_timeout: 300000 ms, as XenServer's agent writes, 20 ms and 1 ms.
#
# Before that, a task cannot be frozen for 17 s, and the freezer may take 20 s.
#
# Tested: the freezer stops before the toolstack gives up. The defect D59: the guest stayed frozen for
# this time, five minutes.
# Decides: after 17 s, the guest is saved. Later it is saved, or it refuses and answers again, and does not suspend for 20 s. When
# the task has ended, the next save succeeds.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

runs() { xl list g | awk 'NR == 2 && $5 !~ /s/ { found = 1 } END { exit !found }'; }

guest_start_loaded g "$@"
guest_module g stalls.ko
in_guest g "(sh -c 'echo 17000 >/sys/module/stalls/parameters/asleep' </dev/null >/dev/null 2>&1 &) ; sleep 1" >/dev/null
guest_checkpoint g image
guest_well g
say "saved after 17 s"
for timeout in 300000 20 1; do
	in_guest g "echo $timeout >/sys/power/pm_freeze_timeout" >/dev/null
	guest_fuse_reader g 150000
	start=$SECONDS
	if xl_try 90 save -c g image; then
		say "$timeout: saved"
	else
		say "$timeout: refused after $((SECONDS - start)) s: $(guest_reason g)"
		blame=D59
		guest_up g
		blame=
		# A late suspend would come in these 20 s.
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
