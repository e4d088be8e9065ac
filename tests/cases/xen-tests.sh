#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xen-tests.sh OPTION...: what Debian ships to test Xen from its dom0; and xen-domctx there.
#
# Tested: the hypervisor that we build does what Debian's does, by Xen's own programs. And
# what xen-domctx says of a Xen that knows nothing of domain contexts.
# Decides: each ends as it should. What it said, but for times and domain ids, is left in
# xen-tests.log; tests/xen-tests wants the same on either. The one of TSX fails on either:
# QEMU's CPU has the instructions, and says that it has not. xen-domctx has one line, and
# changes nothing.
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

# refused WORDS ARGUMENT...: by Xen, with which xen-domctx ends.
refused() {
	local words=$1 status=0 said
	shift
	said=$(xen-domctx "$@" 2>&1) || status=$?
	[ "$status: $said" = "2: xen-domctx: $words" ] ||
		die_fail "xen-domctx $*: status $status: ${said//$'\n'/ / }"
}

# A HEADER and an END: as good as any, where nobody looks at it.
printf '%b' '\1\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0EVAS\1\0\0\0' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >least
xen-domctx check least
case $(xl info xen_extra) in
*xensr*) words="domain 0: not permitted: it is the caller's own, or a policy forbids it" ;;
*) words="this Xen does not know domain contexts: boot one that has domctl 2000, getdomaincontext" ;;
esac
refused "$words" dump 0
refused "$words" load 0 least
say "xen-domctx: $words"
