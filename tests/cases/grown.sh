#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# grown.sh OPTION...: memory hotplug gives a guest more memory than it had at boot. The guest is
# saved, checkpointed and migrated with this memory, and with less memory. The guest is also
# checkpointed while its balloon deflates.
#
# Tested: the image contains the frames that were added after boot, for which the guest's list of
# frames (p2m) has grown.
# Decides: the checks of save.sh pass. By Xen's count, the guest has the memory that it should have.
# A program that fills the memory finds the data that it wrote.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

small=128 large=320

# drain: end the program that fills the guest's memory, so that the balloon can take this memory.
drain() { in_guest g "killall fills; rm /tmp/fills.state" >/dev/null; }

# total: print the guest's MemTotal in MB.
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

# Checkpoint the guest while its balloon deflates.
guest_balloon g $((small - 16))
guest_balloon g $large &
guest_checkpoint g image
wait $!
guest_carried g $large
guest_end g
