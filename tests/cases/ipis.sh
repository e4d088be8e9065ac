#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ipis.sh OPTION...: an IPI that was pending at a save comes after the restore.
#
# Tested: work that was queued for a vCPU is done in the new domain, and so is
# all that is queued there later (D37). In the stock kernel, a pending IPI is
# lost; the next to queue work finds some queued already, and sends none. A perf
# event in the stopped part of the suspend is enough, for perf wakes its readers
# by irq_work.
# Decides: a reader of perf events on vCPU 0 (irq-work.c) is woken by those that
# come after a restore, as it was before.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# woken: do events on vCPU 0 wake the reader?
woken() {
	local before
	before=$(in_guest g "cat /tmp/irq-work")
	for _ in {1..20}; do
		in_guest g "taskset 1 sh -c '/bin/true; /bin/true'" >/dev/null
		sleep 0.5
		[ "$(in_guest g "cat /tmp/irq-work")" = "$before" ] || return 0
	done
	return 1
}

guest_config g "$@" work=mem,clock,timers
guest_start g
guest_program g irq-work
in_guest g "mv /tmp/irq-work /tmp/irq-work-reader && /tmp/irq-work-reader; sleep 1" >/dev/null
woken || die_error "the reader is not woken even before the save"
guest_save g image
guest_restore image
guest_up g 90
guest_well g
blame=D37
woken || die_fail "after the restore, no perf event on vCPU 0 wakes its reader"
blame=
guest_well g
guest_end g
