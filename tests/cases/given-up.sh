#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# given-up.sh OPTION...: after a restore, the nodes that the guest needs to connect its disk never
# appear in xenstore.
#
# Tested: the toolstack can see that the guest no longer looks for the disk's backend. The guest
# looks for 17 minutes, or for three seconds with tests/mutants/gives-up-soon.patch.
# Decides: the disk's frontend changes to state 5 (Closing), and error/ has the reason. Then the
# toolstack can remove the disk, and save the guest.
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
