#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# noio.sh OPTION...: check in which callbacks of xenwatch an allocation may wait for I/O.
#
# Tested: callbacks of frontends must not wait for I/O, when their backend changes its state, or
# when they resume. This I/O could need a disk that xenwatch has not connected yet. All other
# callbacks may wait, so that they can use direct compaction: those for PCI devices that pcifront
# finds, for backends, and of other watches.
# Decides: PF_MEMALLOC_NOIO is set when xenwatch calls the frontends of the module, and is not set
# when it calls the module's driver that probes other devices, and the module's watch.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

devices() {
	guest_device g nest 4
	guest_device g nest-bus 4
}
# is_noio PARAMETER VALUE: wait until the module shows VALUE for this callback: 1 if the flag was
# set, else 0.
is_noio() {
	within 10 is "$2" in_guest g "cat /sys/module/noio/parameters/$1" ||
		die_fail "$1: $(in_guest g "cat /sys/module/noio/parameters/$1"), not $2"
}

guest_config g disk=64 work=mem,disk "$@"
guest_start g
guest_module g noio.ko
devices
is_noio frontend 1
is_noio prober 0
is_noio watched 0

guest_save g image
guest_restore_paused image
devices
guest_unpause g
guest_up g
is_noio resumed 1
is_noio watched 0
guest_well g
guest_end g
