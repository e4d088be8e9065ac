#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context-load.sh OPTION...: dump the context of a guest from Xen, and load the context back into
# the same guest.
#
# Tested: XEN_DOMCTL_setdomaincontext, on a guest under every program, which has registered its own
# memory for vcpu_info and event channels. An earlier defect: the shared info page contains the
# pending bits of 2-level event channels, so a load lost events that backends had sent since the
# dump. Possible failures: Xen never notifies the guest of a pending event, a clock jumps, or the
# next save contains a wrong state.
# Decides: Xen loads the two records that it can load. The guest is well after each of CYCLES loads,
# after a checkpoint, after a save and restore, and after a load into the restored guest.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# load WHEN: pause the guest, dump its context, load the same context, and unpause the guest.
load() {
	local id loaded
	id=$(xl domid g)
	xl_try 20 pause g || die_error "xl pause: $(xl_complaint)"
	xen-domctx dump -r -o context "$id" 2>"$OUT/domctx.log" ||
		die_fail "$1: $(tail -n 1 "$OUT/domctx.log")"
	# Give backends time to send events to the paused guest. The load must keep these events.
	sleep 1
	loaded=$(xen-domctx load "$id" context 2>"$OUT/domctx.log") ||
		die_fail "$1: $(tail -n 1 "$OUT/domctx.log")"
	guest_unpause g
	[ "$(grep -c '^loaded ' <<<"$loaded")" = 2 ] || die_fail "$1: ${loaded//$'\n'/, }"
	guest_well g
	say "$1"
}

guest_start_loaded g "$@"
guest_well g
for ((cycle = 1; cycle <= CYCLES; cycle++)); do
	load "load $cycle"
done
guest_checkpoint g image
guest_well g
guest_save_restore g image
guest_well g
load "load after the restore"
guest_end g
