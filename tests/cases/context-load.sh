#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# context-load.sh OPTION...: a guest that runs is given back what Xen knows of it.
#
# Tested: XEN_DOMCTL_setdomaincontext, on a guest with all at work in it, that has placed
# vcpu_info and event channels where it likes. What could go wrong: an event that is pending
# is never told, a clock jumps, or the next save finds another guest.
# Decides: Xen takes all that it has written and can load; and the guest goes on, CYCLES
# times, and after a checkpoint, a save and a restore, and a load into the restored one.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# all_pending FILE: backends go on while a guest is paused, and what they send between dump
# and load would be lost with 2-level event channels, whose bits are in the page. So each
# event of theirs comes, for nothing or not. The page begins at byte 48, behind HEADER,
# descriptor and head, and its pending bits 2048 bytes on.
all_pending() {
	local port at bits=()
	for port in $(xen-domctx show "$1" |
			awk '$1 ~ /^[0-9]+$/ && ($2 == "interdomain" || /pending/) { print $1 }'); do
		((bits[port / 8] |= 1 << port % 8))
	done
	for at in "${!bits[@]}"; do
		printf %b "\\x$(printf %x "${bits[at]}")" |
			dd of="$1" bs=1 seek=$((48 + 2048 + at)) conv=notrunc 2>/dev/null
	done
}

# load WHEN: what it was when it was paused.
load() {
	local id loaded
	id=$(xl domid g)
	xl_try 20 pause g || die_error "xl pause: $(xl_complaint)"
	xen-domctx dump -r -o context "$id" 2>"$OUT/domctx.log" ||
		die_fail "$1: $(tail -n 1 "$OUT/domctx.log")"
	all_pending context
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
