#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rekey.sh COMMAND [ARGUMENT]...: run COMMAND if this Xen guest was restored since the last
# time that it succeeded here, or if it never did, with XEN_GENERATION and XEN_ID in its
# environment. An example: of one image there may be two guests, and then what a daemon
# keeps secret in its memory exists twice.
#
# It does not wait, as rekey.c does. Who calls it may be udev, once a restore, by a line
# in /etc/udev/rules.d/90-rekey.rules,
#
#	ACTION=="change", SUBSYSTEM=="xen_guest", RUN+="/usr/local/sbin/rekey.sh systemctl --no-block reload my-daemon"
#
# or a timer, or whoever is about to use the key. It is harmless to call it too often,
# which udev does, too: `udevadm trigger` has each device change.
#
# Each COMMAND wants a file of its own to remember by: REKEY_KNOWN.
set -eu

suspend=${REKEY_SYSFS:-/sys/hypervisor/suspend}
known=${REKEY_KNOWN:-/run/rekey.id}

if [ $# = 0 ]; then
	echo "usage: rekey.sh COMMAND [ARGUMENT]..." >&2
	exit 2
fi
if [ ! -r "$suspend/id" ]; then
	echo "rekey.sh: no $suspend/id: this kernel does not tell of restores" >&2
	exit 2
fi

# The id, not the generation: two guests of one image have the same.
read -r XEN_ID <"$suspend/id"
if [ -e "$known" ] && [ "$(cat "$known")" = "$XEN_ID" ]; then
	exit 0
fi
read -r XEN_GENERATION <"$suspend/generation"
export XEN_ID XEN_GENERATION

# Remembered when it is done, and as of before: if it failed, or there was a restore in
# the middle of it, the next call runs it again.
"$@"
echo "$XEN_ID" >"$known.$$"
mv "$known.$$" "$known"
