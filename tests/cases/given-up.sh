#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# given-up.sh OPTION...: after a restore, what the guest needs to connect its disk is not
# in xenstore, and never comes.
#
# Tested: when the guest looks for it no longer, the toolstack can see that. The guest
# looks for a quarter of an hour; tests/mutants/gives-up-soon.patch has it look for three
# seconds.
# Decides: by the state of the device and the reason in error/. The device can be taken
# away then.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_config g disk=64 work=mem,clock "$@"
guest_start g
guest_save g image
guest_restore_without g image vbd/51712
guest_up g
within 1200 is 5 xenstore-read "$domain/device/vbd/51712/state" || die_fail "the disk does not say that it was given up"
reason=$(complains_of vbd/51712 || true)
[ "$reason" = "2 gave up looking for its backend" ] || die_fail "error/ says: ${reason:-nothing}"
guest_well g
say "given up"
xenstore-rm "$domain/device/vbd/51712"
within 60 guest_true g "[ ! -e /sys/block/xvda ]" || die_fail "the disk that was taken away is still there"
guest_save_restore g image
guest_well g
rm g.disk # nobody wrote to it
guest_end g
