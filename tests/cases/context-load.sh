#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context-load.sh OPTION...: a guest that runs is given back what Xen knows of it.
#
# Tested: XEN_DOMCTL_setdomaincontext, on a guest with all at work in it, that has placed
# vcpu_info and event channels where it likes. What was wrong before: the page contains the bits
# of 2-level event channels, and a load lost events that backends had sent since the dump. What
# could go wrong: Xen never notifies the guest of a pending event, a clock jumps, or the next save
# finds another guest.
# Decides: Xen takes all that it has written and can load; and the guest goes on, CYCLES
# times, and after a checkpoint, a save and a restore, and a load into the restored one.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# load WHEN: what it was when it was paused.
load() {
	local id loaded
	id=$(xl domid g)
	xl_try 20 pause g || die_error "xl pause: $(xl_complaint)"
	xen-domctx dump -r -o context "$id" 2>"$OUT/domctx.log" ||
		die_fail "$1: $(tail -n 1 "$OUT/domctx.log")"
	# Backends send events meanwhile, as far as they can without the guest.
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
