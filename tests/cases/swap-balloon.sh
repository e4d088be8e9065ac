#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# swap-balloon.sh OPTION...: the toolstack takes memory of a guest that swaps, as toolstacks do
# before a migration. The guest is saved, restored, checkpointed and migrated, gets the memory back,
# and runs swapoff at the end.
#
# Tested: the balloon, the disk that the guest swaps to and the suspend do not wait for each
# other. How much the balloon takes does not decide: it takes only free memory, and waits for up
# to 32 s between attempts. In 300 s, it took from 1 to 53 MB. libxl gives a new domain the memory
# of the target, so a guest that still has more cannot be restored. Therefore the target becomes
# what the guest has, before it is saved. At the end, the guest is saved above its target, and
# restored with a configuration.
# Decides: no process is killed, each page has what was written to it, and swapoff ends.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

large=192 fewer=176 small=128

shrunk() { (($(megabytes g) <= fewer)); }

guest_config g "$@" memory=$large swap=256 work=mem,disk,clock,timers disk=64
guest_start g
guest_fill g swapped 32768
for ((i = 1; i <= CYCLES; i++)); do
	xl_must 20 mem-set g $small
	within 120 shrunk || say "after 120 s, the memory is $(megabytes g) MB"
	guest_balloon g "$(megabytes g)"
	guest_filled g
	guest_save_restore g image
	guest_filled g
	guest_checkpoint g image
	guest_migrate g
	guest_up g
	guest_filled g
	guest_well g
	# Give the memory back while the guest connects its disk.
	guest_save g image
	guest_restore image
	guest_balloon g $large 300
	guest_up g
	guest_filled g
	guest_well g
	say "$i/$CYCLES well, $(guest_memory g)"
done
# The image of a guest above its target needs a configuration with more memory.
xl_must 20 mem-set g $small
guest_save g image
if xl_try 60 restore image; then
	say "restored above its target"
else
	say "not restored above its target: $(xl_complaint)"
	xl_must 60 restore g.cfg image
fi
guest_up g
guest_filled g
guest_well g
in_guest g "killall fills; (swapoff /dev/xvdb; echo \$? >/tmp/off) </dev/null >/dev/null 2>&1 &" >/dev/null
within 300 guest_true g "grep -x 0 /tmp/off" || die_fail "swapoff has not ended after 300 s"
! guest_true g "dmesg | grep -i 'out of memory'" || die_fail "the OOM killer has killed a process"
guest_well g
guest_end g
