#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# no-grants.sh OPTION...: restored where the guest may have fewer grant frames than it uses.
#
# Tested: if a phase cannot resume, the guest panics at once and names the phase (I9). Its last
# messages appear although its console has no new port yet.
# Decides: the domain crashes, and its console names the phase. (Not for HVM guests: the panic of
# an HVM guest resets its machine, which looks like a reboot.)
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g "$@" disk=64 work=mem,disk,timers
guest_start g
guest_save g image
sed '$a max_grant_frames=1' g.cfg >new.cfg
xl_must 60 restore new.cfg image
within 60 crashed g || die_fail "it goes on without its grant table"
say "crashed"
grep -aq 'cannot resume "grants"' "$(console_of g)" ||
	die_fail "it did not say why: $(last_words g)"
