#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# genid.sh OPTION...: an HVM guest with a generation id, which Xen puts into its memory,
# and tells nobody when it puts another one there.
#
# Tested: a guest whose id is another one after a restore knows; where it is the same, it
# believes nothing else. xl gives a new one where it is given a configuration to restore
# with, and else the one in the image. What was wrong before (D55): the driver waits to
# be notified, which Xen does not do.
# Decides: what the driver says in the kernel's log, and the id in xenstore. The random
# numbers are no sign: they are made anew with each restore, id or not.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

driver=/sys/bus/platform/drivers/vmgenid
id_of() { xenstore-read "/local/domain/$(xl domid g)/platform/generation-id"; }
noticed() { in_guest g "dmesg | grep -c 'vmgenid.*: new id' || true"; }

# unnoticed AFTER-WHAT: the id is the same, and nobody said otherwise.
unnoticed() {
	guest_up g
	[ "$(id_of)" = "$id" ] || die_error "after $1, xl gave another id"
	# It would be said a little later.
	sleep 2
	is "$count" noticed || die_fail "after $1, a new id is noticed, which is none"
	guest_well g
}

# copy: another life of what is in the image, with an id of its own.
copy() {
	xl_must 60 restore g.cfg image
	guest_up g
	differs "$id" id_of || die_error "xl gave no other id"
	id=$(id_of)
	within 20 is $((count + 1)) noticed || die_fail "after a restore, a new id is not noticed"
	guest_well g
}

guest_config g "$@" work=mem,storm,clock,timers line='ms_vm_genid="generate"'
guest_start g
guest_true g "ls $driver/*:*/" || die_error "the guest sees no generation id"
id=$(id_of)
count=0
guest_checkpoint g image
unnoticed "a checkpoint"
guest_save_restore g image
unnoticed "a restore"
guest_save g image
blame=D55
copy
say "one copy knows"
guest_destroy g
copy
blame=
say "two copies know"
count=1
guest_checkpoint g another
unnoticed "a checkpoint"
guest_migrate g
unnoticed "a migration"
guest_end g
