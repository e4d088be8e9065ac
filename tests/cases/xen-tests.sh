#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xen-tests.sh OPTION...: run the programs that Debian has to test Xen from dom0, and xen-domctx.
#
# Tested: our hypervisor gives the same results as Debian's, by Xen's own programs. On a Xen
# without domain contexts, xen-domctx reports this.
# Decides: each program succeeds, except test-tsx, which fails on both hypervisors: QEMU's CPU has
# the instructions of TSX, but its CPUID does not show them. The output, without times and domain
# ids, is left in xen-tests.log; tests/xen-tests requires the same output on both hypervisors.
# xen-domctx prints one line, and changes nothing.
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

# refused WORDS ARGUMENT...: xen-domctx must end with status 2 and only print WORDS, because Xen
# refuses.
refused() {
	local words=$1 status=0 said
	shift
	said=$(xen-domctx "$@" 2>&1) || status=$?
	[ "$status: $said" = "2: xen-domctx: $words" ] ||
		die_fail "xen-domctx $*: status $status: ${said//$'\n'/ / }"
}

# A HEADER and an END are enough, because the records are not read in these calls.
printf '%b' '\1\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0EVAS\1\0\0\0' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >least
xen-domctx check least
case $(xl info xen_extra) in
*xensr*) words="domain 0: not permitted: xen-domctx runs in this domain, or a policy forbids it" ;;
*) words="this Xen has no domain contexts: boot a Xen that has domctl 2000, getdomaincontext" ;;
esac
refused "$words" dump 0
refused "$words" load 0 least
say "xen-domctx: $words"
