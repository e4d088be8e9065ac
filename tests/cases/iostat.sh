#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# iostat.sh OPTION...: how often do the statistics contain a read that is on the ring of a disk while the guest is
# saved and restored?
#
# Tested: a request of before a restore is sent to the new backend, and ends once. The defect D65 of
# the stock kernel: the request ended at the restore, and another one took its place. The layers
# above had seen it end.
# Decides: no read fails, and the statistics of the disk contain as many reads as the reader has done.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

ended() { in_guest g "cat /sys/module/reader/parameters/reads"; }
# statistic: print how many reads of the disk the block layer has recorded.
statistic() { in_guest g "cat /sys/block/xvdb/stat" | awk '{ print $1 }'; }

guest_start_loaded g "$@"
xl_try 20 block-attach g "phy:$(guest_disk second 16),xvdb,w" || die_error "xl block-attach: $(xl_complaint)"
within 20 guest_true g "test -b /dev/xvdb" || die_error "the guest does not have xvdb"
sleep 1
before=$(statistic)
guest_module g reader.ko
for ((i = 1; i <= CYCLES; i++)); do
	for _ in 1 2 3; do
		sleep 1
		guest_save_restore g image
		within 20 differs "$(ended)" ended || die_fail "the reader waits for ever"
	done
	guest_checkpoint g image
	guest_well g
done
in_guest g "echo 1 >/sys/module/reader/parameters/enough; sleep 1" >/dev/null
is 0 in_guest g "cat /sys/module/reader/parameters/failed" || die_fail "reads failed"
recorded=$(($(statistic) - before)) reads=$(ended)
say "$recorded reads in the statistics, $reads done"
blame=D65
[ "$recorded" = "$reads" ] || die_fail "$recorded reads in the statistics, $reads done"
blame=
guest_end g
