#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# update-flag.sh OPTION...: Xen flags updates of runstates in a new domain, too.
#
# Tested: the defect D22 of the stock kernel: a PVH or HVM guest requests this flag at boot only,
# and Xen loses the request in a save. After a restore, a read of another vCPU's runstate may then
# give a mixture of old and new values.
# Decides: the vm_assist that Xen prints for the domain has the bit. Stolen time, which the guest
# computes from runstates, does not decrease, although much of it is from the old domain.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# flagged: succeed if Xen shows bit 5, VMASST_TYPE_runstate_update_flag, in the domain's
# vm_assist.
flagged() {
	local bits
	xl_try 20 debug-keys q || die_error "xl debug-keys: $(xl_complaint)"
	sleep 1
	bits=$(xl dmesg | sed -n "/General information for domain $(xl domid g):/,/vm_assist=/s/.*vm_assist=\([0-9a-f]*\).*/\1/p" | tail -n 1)
	[ -n "$bits" ] || die_error "Xen does not print the domain's vm_assist"
	(((16#$bits >> 5) & 1))
}

# stolen: print the stolen time that the guest shows, in 1/100 s.
stolen() { in_guest g "head -n 1 /proc/stat" | awk '{ print $9 }'; }

guest_config g "$@" work=mem,clock,timers
guest_start g
xl_try 20 pause g || die_error "xl pause: $(xl_complaint)"
sleep 8
guest_unpause g
flagged || die_error "updates are not flagged even before the save"
before=$(stolen)
guest_save_restore g image
guest_well g
blame=D22
flagged || die_fail "after the restore, Xen does not flag updates of runstates"
blame=
after=$(stolen)
say "stolen: $before, then $after 1/100 s"
[ "$after" -ge "$before" ] || die_fail "stolen time went from $before to $after 1/100 s"
guest_end g
