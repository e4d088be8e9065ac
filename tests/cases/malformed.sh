#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# malformed.sh OPTION...: load bad and good contexts into PV, PVH and HVM domains that never run.
#
# Tested: XEN_DOMCTL_{get,set}domaincontext, on streams with one mistake and with several, and
# calls with bad sizes, pointers and domains; also on a Xen with assertions. Possible failures:
# - Xen trusts a bad stream, and crashes, or loads half of it.
# - Xen rejects a good stream. So the first streams load values that the domain never had.
# - Xen changes the width of an HVM domain that may have run, or loads a page of the other width
#   into a new domain at the wrong places.
# - Xen reports wrong grants. So the program maps some grants, and compares.
# The program tries CYCLES sevenths of the streams.
# Decides: each answer of Xen is that of the specification (malformed/model.c). Xen does not
# crash, logs no error, and releases each domain.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

status=0
"$JOB/malformed" "$CYCLES" >"$OUT/malformed.log" 2>&1 || status=$?
grep -v '^wrong' "$OUT/malformed.log" || true
case $status in
0) ;;
1) die_fail "$(grep -m 1 '^wrong: ' "$OUT/malformed.log")" ;;
*) die_error "malformed: $(tail -n 1 "$OUT/malformed.log")" ;;
esac

xen_clean
domains=$(xl list | awk 'NR > 1 { print $1 }')
[ "$domains" = Domain-0 ] || die_fail "Xen has kept ${domains//$'\n'/ }"
