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

guest_start_loaded g "$@"
guest_program g store
in_guest g "/tmp/store pipeline /tmp/pipelined" >/dev/null
blame=D47
within 30 guest_true g "grep -qx done /tmp/pipelined" || die_fail "no answer from xenstore"
blame=
guest_well g
guest_save_restore g image
guest_well g
guest_end g
