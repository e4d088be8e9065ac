#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# deferred.sh OPTION...: the guest ends the grant of a page of kmalloc() memory, and frees the memory,
# while dom0 has mapped the page. Then dom0 unmaps the page.
#
# Tested: the guest ends the grant later, and leaves the reference count of the page alone. On Linux
# 7.3 the stock kernel warns that the page has none.
# Decides: the console has no warning.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
for ((i = 1; i <= CYCLES; i++)); do
	guest_module g granted.ko
	rm -f held
	"$JOB/grants" hold "$(xl domid g)" "$(in_guest g "cat /sys/module/granted/parameters/ref")" >held 2>>"$OUT/hold.log" & holder=$!
	within 5 test -s held || die_error "dom0 cannot map the page: $(tail -n 1 "$OUT/hold.log")"
	guest_set g granted ended=1
	sleep 2
	kill $holder
	# The guest tries to end such grants once a second.
	sleep 3
	guest_well g
	say "$i/$CYCLES well"
done
guest_save_restore g image
guest_well g
guest_end g
