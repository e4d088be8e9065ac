#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# announce.sh OPTION...: does the guest announce its new place to the network after a restore and
# after a migration? Dom0 records the announcements (announced.c).
#
# Tested: after a restore, the guest sends several gratuitous ARPs and unsolicited neighbour
# advertisements (NAs). After a checkpoint, the guest has not moved, and sends none. Defect D54:
# the stock kernel sends only one announcement, when the bridge or switch may not forward yet. If
# this announcement is lost, packets for the guest still go to its old place.
# Decides: after each restore and migration, dom0 receives three ARPs and three NAs, or more, and
# the first and the last are 2 s apart. Our kernel sends four of each in 3 s, and one may be lost
# while the guest sets up its queue. After a checkpoint, dom0 receives none. The guest survives a
# save, a checkpoint and the detach of the interface while more announcements are due.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

log=$OUT/announced.log

# anew: make heard and enough ignore the announcements that are in the log now.
anew() { from=$(wc -l <"$log"); }
heard() { tail -n "+$((from + 1))" "$log" | grep -c " $1 " || true; }
nothing() { [ "$(heard ARP)" = 0 ] && [ "$(heard NA)" = 0 ]; }
enough() {
	tail -n "+$((from + 1))" "$log" | awk -v kind="$1" '
		$3 == kind { if (!n++) first = $1; last = $1 }
		END { exit !(n >= 3 && last - first >= 2) }'
}
enough_of_all() { enough ARP && enough NA; }

# restore_begun: restore the guest, and wait for its first gratuitous ARP.
restore_begun() {
	anew
	guest_restore image
	within 30 differs 0 heard ARP || die_fail "after a restore, within 30 s: no gratuitous ARP"
}

# announces AFTER-WHAT: fail unless dom0 receives three ARPs and three NAs, or more, within 30 s.
announces() {
	within 30 enough_of_all ||
		die_fail "after $1, within 30 s: $(heard ARP) gratuitous ARPs, $(heard NA) unsolicited NAs"
	say "$1: $(heard ARP) gratuitous ARPs, $(heard NA) unsolicited NAs"
	guest_up g
	guest_well g
}

# quiet AFTER-WHAT: fail if an announcement comes within 5 s. The guest repeats them for 3 s.
quiet() {
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
	quiet "a checkpoint"
	guest_save g image
	restore_begun
	# A backend may write the state Connected (4) twice. The guest must still repeat its
	# announcements.
	xenstore-write "$(xenstore-read "/local/domain/$(xl domid g)/device/vif/0/backend")/state" 4
	announces "a restore"
	# On a slow machine, the last announcement of the restore may come late.
	sleep 5
	anew
	quiet "a restore, and all that was to be said,"
	anew
	guest_migrate g
	announces "a migration"
done
blame=

# Save the guest, restore it and checkpoint it, while more announcements are due.
guest_save g image
restore_begun
guest_save g image
restore_begun
guest_checkpoint g image
announces "a restore that follows another"

# Detach the network interface while more announcements are due. The guest must not crash.
guest_save g image
restore_begun
xl_try 60 network-detach g 0 || die_error "xl network-detach: $(xl_complaint)"
sleep 5
guest_end g
