#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pipelined.sh OPTION...: a program asks xenstore for something and then sets a watch,
# without waiting for the answer in between.
#
# Tested: it gets both. What was wrong before (D47): the thread that delivers answers
# waited for that program, which waited for an answer; no program, and no part of the
# kernel, heard from xenstore any more.
# Decides: the program is done with it, and the guest can be saved.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" disk=64 work=mem,storm,disk,tcp,clock,timers
tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
guest_start g
guest_program g store
in_guest g "/tmp/store pipeline /tmp/pipelined" >/dev/null
blame=D47
deadline=$((SECONDS + 30))
until in_guest g "cat /tmp/pipelined 2>/dev/null; true" | grep -qx 'done'; do
	[ "$SECONDS" -lt "$deadline" ] || die_fail "no answer from xenstore"
	sleep 0.5
done
blame=
guest_well g
guest_save_restore g image
guest_well g
guest_end g
