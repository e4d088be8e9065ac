#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# no-resume.sh OPTION...: a guest has a device whose driver cannot resume.
#
# Tested: it is not suspended, which would be the end of the device, and says on
# account of what; without the driver, it is. What was wrong before (D29): it was
# suspended, and the device did nothing from then on, without a word.
# Decides: by whether the request is taken up, and by error/suspend.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@"
guest_module g noresume.ko

guest_device g nest 4
within 5 is 4 xenstore-read "$front/state" || die_error "the device does not connect"

blame=D29
guest_refuses g 4000 'phase="devices" culprit="nest-0" error=-EOPNOTSUPP time=*'
blame=
guest_well g
in_guest g "echo nest-0 >/sys/bus/xen/drivers/nest/unbind; rmmod noresume" >/dev/null
guest_save_restore g image
guest_well g
guest_end g
