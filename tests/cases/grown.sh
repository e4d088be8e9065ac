#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# grown.sh OPTION...: a guest gets more memory by memory hotplug than it had at boot; then it is saved,
# checkpointed and migrated, also with less memory, and while its balloon deflates.
#
# Tested: the image has the frames that were not there at boot, and the list of frames (p2m) has
# grown.
# Decides: the checks of save.sh; by Xen's count, the guest has the memory that it should have; and a
# program that fills the memory finds what it wrote.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

small=128 large=320

# The program that fills memory ends; the balloon can take the memory.
drain() { in_guest g "killall fills; rm /tmp/fills.state" >/dev/null; }

# total: in MB
total() { in_guest g "sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo" | awk '{ print int($1 / 1024) }'; }

guest_config g "$@" memory=$small args=memhp_default_state=online work=mem,storm,clock,timers
guest_start g
xl_must 20 mem-max g $large
guest_balloon g $large
(($(total) > small)) || die_error "no memory was added: $(total) MB"
guest_fill g left 40000
guest_carried g $large
guest_filled g
drain
guest_balloon g $((small - 16))
guest_carried g $((small - 16))
guest_balloon g $large
guest_fill g left 40000
guest_carried g $large
guest_filled g
drain

# The balloon deflates while the guest is checkpointed.
guest_balloon g $((small - 16))
guest_balloon g $large &
guest_checkpoint g image
wait $!
guest_carried g $large
guest_end g
