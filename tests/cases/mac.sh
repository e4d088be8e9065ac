#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mac.sh OPTION...: the MAC address of an interface that the guest has set, as a bond does, is kept
# through checkpoints, restores and migrations. An address that the toolstack sets is taken.
#
# Tested: the defect D63 of the stock kernel: each restore reset the address to that in xenstore.
# Decides: the interface has the address that was set, and its programs reach dom0.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

mac_of() { in_guest "$1" "cat /sys/class/net/eth0/address"; }
has() { [ "$(ask -t 2 "$(ip_of g)" exec "cat /sys/class/net/eth0/address" 2>/dev/null)" = "$1" ]; }

# keeps MAC WHEN: fail if the interface has another address.
keeps() {
	guest_up g
	guest_well g
	[ "$(mac_of g)" = "$1" ] || die_fail "$2, the address is $(mac_of g), not $1"
}

by_guest=02:16:3e:00:00:63 by_toolstack=00:16:3e:00:00:64
guest_start_loaded g "$@"
in_guest g "(sleep 1; ip link set eth0 down; ip link set eth0 address $by_guest; ip link set eth0 up) </dev/null >/dev/null 2>&1 &" >/dev/null
within 60 has $by_guest || die_error "the guest cannot set the address"
blame=D63
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	keeps $by_guest "after a checkpoint"
	guest_save_restore g image
	keeps $by_guest "after a restore"
	guest_migrate g
	keeps $by_guest "after a migration"
	say "$i/$CYCLES well"
done
blame=

guest_save g image
guest_restore_paused image
xenstore-write "/local/domain/$(xl domid g)/device/vif/0/mac" $by_toolstack
guest_unpause g
guest_up g
within 20 has $by_toolstack || die_fail "the toolstack set the address to $by_toolstack, and it is $(mac_of g)"
guest_well g
guest_end g
