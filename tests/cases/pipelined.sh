#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pipelined.sh OPTION...: a program sends a request to xenstore, and then sets a watch without
# waiting for the answer to this request.
#
# Tested: the program gets both answers. The defect D47 of the stock kernel: the thread that
# delivers answers waited for this program, which waited for an answer. Then neither programs nor
# the kernel got answers of xenstore.
# Decides: the program ends without an error, and the guest can be saved.
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
