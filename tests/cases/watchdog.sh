#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watchdog.sh how=driver|hypercall|softdog OPTION...: a program kicks a watchdog of Xen or of the
# guest, whose timeout is 10 s (kicks.c), during checkpoints, restores (also a paused one), and
# suspends that are refused or delayed.
#
# Tested: the driver, xen_wdt, stops the watchdog before a suspend, and starts a new one after it. Xen
# keeps a watchdog with the domain, so a new domain has none. A program that makes the hypercalls
# itself, as xenwatchdogd does, must set a new watchdog after a restore. The clock of softdog stands
# still while the guest is saved.
# Decides: while the program runs, no watchdog ends the guest, even if the guest is away for longer than
# 10 s. Each restore, and nothing else, ends the watchdog of a program that makes the hypercalls. The
# guest ends when the program ends (driver), or after xl pause (hypercall, softdog: a limit of Xen and
# of stock kernels).
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

away=15
ended() { in_state g s || [ "$(xl domid g 2>/dev/null)" != "$id" ]; }
alive() {
	id=$(xl domid g 2>/dev/null) || die_fail "$1: the guest is gone"
	sleep $away
	! ended || die_fail "$1: the watchdog has ended the guest"
	guest_up g
	guest_well g
	[ "$how" != hypercall ] || [ "$(in_guest g "grep -c gone /tmp/kicks.log || true")" = $restores ] ||
		die_fail "$1: after $restores restores, Xen did not know the watchdog $(in_guest g "grep -c gone /tmp/kicks.log || true") times"
	say "$1: well"
}

own_option how "$@"
how=$own restores=0
guest_start_loaded g "${others[@]}"
guest_program g kicks
case $how in
driver) guest_module g xen_wdt.ko timeout=10 ;;
softdog) guest_module g softdog.ko soft_margin=10 ;;
esac
in_guest g "(/tmp/kicks ${how/softdog/driver} </dev/null >/tmp/kicks.log 2>&1 &) ; sleep 1" >/dev/null
guest_true g "pidof kicks" || die_error "no watchdog: $(in_guest g "cat /tmp/kicks.log")"
alive "kicked"
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	alive "checkpoint"
	guest_save g image
	guest_restore_paused image
	restores=$((restores + 1))
	sleep $away
	guest_unpause g
	guest_up g
	alive "restore, paused for $away s"
	if guest_true g "test -e /sys/kernel/debug/xen_suspend/inject"; then
		in_guest g "echo 'error=-5 request' >/sys/kernel/debug/xen_suspend/inject" >/dev/null
		guest_refuses g 20000 'phase="request" *'
		alive "refused"
	fi
	# The freezer waits for a program that reads from a frozen server. With the default
	# timeout of 20 s, the watchdog would shut the guest down, so set 4 s.
	guest_fuse_reader g 40000
	in_guest g "echo 4000 >/sys/power/pm_freeze_timeout" >/dev/null
	if xl_try 90 save -c g image; then
		say "saved while a program waited"
	else
		say "refused while a program waited: $(guest_reason g)"
	fi
	alive "the freezer waited"
	guest_fuse_ends g
done
guest_save_restore g image
sleep 5
id=$(xl domid g)
if [ "$how" = driver ]; then
	in_guest g "kill -9 \$(pidof kicks)" >/dev/null
	within 60 ended || die_fail "after a restore, the watchdog does not end a guest whose program has ended"
else
	xl_must 20 pause g
	sleep $away
	# Xen's watchdog ends the guest while it is paused. softdog ends it after the pause.
	xl_try 20 unpause g || true
	within 60 ended || die_fail "the watchdog does not end a guest that was paused for $away s"
fi
say "the watchdog has ended the guest"
