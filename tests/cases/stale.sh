#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stale.sh OPTION...: saved, and restored while the old domain still has its memory, CYCLES times,
# under all programs.
#
# Tested: nothing in the new domain refers to a machine frame of the old domain. In other cases, a
# new domain gets many of the frames that the old domain has just freed, so a wrong reference may
# go unnoticed. Here the old domain is paused and keeps its frames, so the new domain has none of
# them. Some address spaces have outlived their processes. Their page tables are pinned only for
# the save.
# Decides: a module (stale_main.c, stale_look.c) finds no such reference. It notes the frames at
# the suspend, and looks for them in all page tables, the p2m, start_info, shared info and grants.
# It looks in the stopped machine, and again when all programs have continued.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

symbols='pgd_list|init_top_pgt|max_pfn|HYPERVISOR_shared_info|gnttab_shared|nr_grant_frames|xen_vcpu_info|xen_runstate|xen_current_cr3'

stale() { in_guest g "cat /sys/module/stale/parameters/$1"; }

# addresses: print the parameters that give the module the addresses of its symbols. A busy guest
# may take longer to find them than in_guest waits.
addresses() {
	in_guest g "(sed -nE 's/^([0-9a-f]+) . ($symbols)\$/\2=0x\1/p' /proc/kallsyms >/tmp/some; mv /tmp/some /tmp/symbols) >/dev/null 2>&1 &"
	within 300 guest_true g "test -s /tmp/symbols" || die_error "no symbols in /proc/kallsyms"
	in_guest g "cat /tmp/symbols"
}

# leave IMAGE: save g to IMAGE, and leave the old domain paused under the name "was".
leave() {
	was=$(xl domid g)
	xl_must 90 save -p g "$1"
	image_sound "$1"
	xl_try 20 rename g was || die_error "xl rename: $(xl_complaint)"
	# Remove the address from the old interface, because the new domain's interface gets the
	# same one.
	ip link set "vif$was.0" down
	ip addr flush dev "vif$was.0"
}

# nothing_stale LOOKS: check that the module has completed LOOKS looks, and has found nothing.
nothing_stale() {
	[ "$(stale looks)" = "$1" ] || die_error "$(stale looks) looks were completed, not $1"
	[ "$(stale overlap)" = 0 ] || die_error "the new domain has $(stale overlap) frames of the old domain"
	[ "$(stale findings)" = 0 ] || die_fail "$(stale findings) references to old frames: $(stale found)"
}

guest_start_loaded g "$@"
guest_program g held
# shellcheck disable=SC2046 # one parameter for each symbol
guest_module g stale.ko $(addresses)
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	in_guest g "/tmp/held 20" >/dev/null
	leave image
	guest_restore image
	guest_up g
	nothing_stale $((2 * i - 1))
	guest_well g
	in_guest g "echo 1 >/sys/module/stale/parameters/look" >/dev/null
	nothing_stale $((2 * i))
	guest_destroy was
	in_guest g "killall held" >/dev/null
	say "$i/$CYCLES: $(stale entries) entries in $(stale tables) tables, $(stale grants) grants, none of $(stale frames) old frames"
	say "$(stale stacks) words on stacks and $(stale detached) entries in tables without an address space: $(stale on_stacks)"
done
guest_well g
guest_end g
