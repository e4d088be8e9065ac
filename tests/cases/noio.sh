#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# noio.sh OPTION...: who may wait for I/O, to get memory, when xenwatch calls him?
#
# Tested: frontends may not, when they hear of their backend or resume: a disk of a new
# domain may be next. All else may, and so gets direct compaction: PCI devices that
# pcifront finds, backends, and other watches.
# Decides: by the flags of the thread that calls a module's driver and watch.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

devices() {
	guest_device g nest 4
	guest_device g nest-bus 4
}
# is_noio PARAMETER VALUE
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
