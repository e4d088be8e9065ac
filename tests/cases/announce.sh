#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# announce.sh OPTION...: who hears where the guest is, after a restore and a migration?
# Dom0 listens to what it sends (announced.c).
#
# Tested: the guest tells its network where it is now, by gratuitous ARPs and unsolicited
# neighbour advertisements, more than once; after a checkpoint, which it does not move
# by, not at all. What was wrong before (D54): it said so once, when the bridge or the
# switch on the way may not forward for it yet, and if that was lost, nobody found it.
# Decides: three of each kind, two seconds apart, where our kernel sends four in three;
# one may be lost while the guest's own queue is set up. That they go with the device,
# and with the domain, by the guest's life.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

log=$OUT/announced.log

# anew: what is in the log by now does not count.
anew() { from=$(wc -l <"$log"); }
heard() { tail -n "+$((from + 1))" "$log" | grep -c " $1 " || true; }
nothing() { [ "$(heard ARP)" = 0 ] && [ "$(heard NA)" = 0 ]; }
enough() {
	tail -n "+$((from + 1))" "$log" | awk -v kind="$1" '
		$3 == kind { if (!n++) first = $1; last = $1 }
		END { exit !(n >= 3 && last - first >= 2) }'
}
enough_of_all() { enough ARP && enough NA; }

# restore_begun: until the first is heard.
restore_begun() {
	anew
	guest_restore image
	within 30 differs 0 heard ARP || die_fail "after a restore, within 30 s: no gratuitous ARP"
}

# announces AFTER-WHAT: three of each, or more.
announces() {
	within 30 enough_of_all ||
		die_fail "after $1, within 30 s: $(heard ARP) gratuitous ARPs, $(heard NA) unsolicited NAs"
	say "$1: $(heard ARP) gratuitous ARPs, $(heard NA) unsolicited NAs"
	guest_up g
	guest_well g
}

# silent AFTER-WHAT: for longer than it takes to repeat them.
silent() {
	sleep 5
	nothing || die_fail "after $1: $(heard ARP) gratuitous ARPs, $(heard NA) unsolicited NAs"
	guest_well g
}

announced >"$log" &
within 10 grep -q listening "$log" || die_error "nobody listens"
anew
guest_start_loaded g "$@"
within 30 guest_true g "grep -q ' 20 80 *eth0' /proc/net/if_inet6" ||
	die_error "the guest has no link-local address"
sleep 5
[ "$(heard ARP)" -le 1 ] || die_fail "after boot: $(heard ARP) gratuitous ARPs"

blame=D54
for ((i = 1; i <= CYCLES; i++)); do
	anew
	guest_checkpoint g image
	silent "a checkpoint"
	guest_save g image
	restore_begun
	# The backend may say more than once that it is connected.
	xenstore-write "$(xenstore-read "/local/domain/$(xl domid g)/device/vif/0/backend")/state" 4
	announces "a restore"
	# For the last of them, where all is slow.
	sleep 5
	anew
	silent "a restore, and all that was to be said,"
	anew
	guest_migrate g
	announces "a migration"
done
blame=

# Saved, and then a checkpoint, while there is more to be said.
guest_save g image
restore_begun
guest_save g image
restore_begun
guest_checkpoint g image
announces "a restore that follows another"

# The interface goes while there is more to be said of it.
guest_save g image
restore_begun
xl_try 60 network-detach g 0 || die_error "xl network-detach: $(xl_complaint)"
sleep 5
guest_end g
