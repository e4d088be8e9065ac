#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# malformed.sh OPTION...: load what nobody should into domains that never run.
#
# Tested: XEN_DOMCTL_{get,set}domaincontext, on streams with one mistake and with
# several, and calls with sizes, pointers and domains that are no good; on a build of Xen
# that checks itself, too. What could go wrong: what a stream says is believed, and Xen
# crashes, or half of a bad stream is loaded; or nothing is of a good one. So there are
# first some that give the domain what it has never said of itself. And what is said of
# grants may be anything, if nobody knows what it should be: here, some are mapped for that.
# CYCLES sevenths of the streams.
# Decides: malformed does, by what the specification says to each (malformed/model.c). Xen
# lives, has no complaint, and has let go of each domain.
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
