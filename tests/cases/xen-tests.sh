#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xen-tests.sh OPTION...: what Debian ships to test Xen from its dom0.
#
# Tested: the hypervisor that we build does what Debian's does, by Xen's own programs.
# Decides: each ends as it should. What it said, but for times and domain ids, is left in
# xen-tests.log; tests/xen-tests wants the same on either. The one of TSX fails on either:
# QEMU's CPU has the instructions, and says that it has not.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh

tools_unpack
for test in cpu-policy paging-mempool resource tsx xenstore; do
	status=0
	timeout 120 "test-$test" >"$test.log" 2>&1 </dev/null || status=$?
	sed -E -e 's/[0-9]+ ns$/N ns/' -e 's/Created d[0-9]+/Created dN/' -e "s/^/$test: /" "$test.log"
	[ "$status" = 0 ] || [ "$test $status" = "tsx 1" ] ||
		die_fail "test-$test: status $status: $(tail -n 1 "$test.log")"
	echo "$test: status $status"
done | tee "$OUT/xen-tests.log"
