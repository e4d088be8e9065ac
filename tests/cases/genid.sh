#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# genid.sh OPTION...: an HVM guest has a generation id in its memory. The toolstack may write
# another id there at a restore, and Xen does not notify the guest.
#
# Tested: the guest notices a new id after a restore, and reports none if the id is the same. If xl
# gets a configuration for the restore, it makes a new id; otherwise it takes the id of the image.
# Defect D55: the driver of the stock kernel waits for a notification, which Xen does not send.
# Decides: the driver logs a message for each new id in xenstore, and none if the id is the same.
# Random numbers do not show a new id, because the kernel reseeds at each restore.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

driver=/sys/bus/platform/drivers/vmgenid
id_of() { xenstore-read "/local/domain/$(xl domid g)/platform/generation-id"; }
noticed() { in_guest g "dmesg | grep -c 'vmgenid.*: new id' || true"; }

# unnoticed AFTER-WHAT: fail if the driver has logged a new id, although the id is the same.
unnoticed() {
	guest_up g
	[ "$(id_of)" = "$id" ] || die_error "after $1, xl gave another id"
	# The driver may log a new id a moment after the guest has answered.
	sleep 2
	is "$count" noticed || die_fail "after $1, a new id is noticed, which is none"
	guest_well g
}

# copy: restore the image with g.cfg, so that xl makes a new id, and fail unless the driver logs it.
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
