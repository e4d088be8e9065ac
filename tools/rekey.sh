#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rekey.sh COMMAND [ARGUMENT]...: run COMMAND if this Xen guest was restored since the last
# time that it succeeded here, or if it never did, with XEN_GENERATION and XEN_ID in its
# environment. An example: of one image there may be two guests, and then what a daemon
# keeps secret in its memory exists twice.
#
# It does not wait, as rekey.c does. Who calls it may be a timer; or udev, once a restore,
# by a line in /etc/udev/rules.d/90-rekey.rules, which has systemd try until it succeeds:
#
#	ACTION=="change", SUBSYSTEM=="xen_guest", RUN+="/usr/bin/systemctl --no-block restart rekey-my-daemon"
#
# and /etc/systemd/system/rekey-my-daemon.service:
#
#	[Unit]
#	StartLimitIntervalSec=0
#	[Service]
#	Type=oneshot
#	Restart=on-failure
#	RestartSec=1
#	ExecStart=/usr/local/sbin/rekey.sh systemctl try-reload-or-restart my-daemon
#
# It is harmless to call it too often, which udev does, too: `udevadm trigger` has each
# device change. rekey.sh records a success in $REKEY_KNOWN. By default, this is a file in /run
# with COMMAND's checksum in its name.
#
# $REKEY_KNOWN must be in a directory where no other user can write. Otherwise another user
# can write the id of this restore to the file. Then COMMAND does not run, and the daemon
# keeps a secret that another guest has, too.
set -eu

die() { echo "rekey.sh: $*" >&2; exit 2; }

case ${1:--} in -*)
	echo "usage: rekey.sh COMMAND [ARGUMENT]..." >&2
	exit 2
esac
suspend=${REKEY_SYSFS:-/sys/hypervisor/suspend}
known=${REKEY_KNOWN:-/run/rekey.$(echo "$*" | cksum | tr ' ' .)}

[ -r "$suspend/id" ] || die "no $suspend/id: this kernel does not tell of restores"
[ ! -d "$known" ] || die "$known is a directory, and not a file to remember by"

# The id, not the generation: two guests of one image have the same.
read -r XEN_ID <"$suspend/id" || die "$suspend/id: not a line"
if [ -e "$known" ] && [ "$(cat "$known")" = "$XEN_ID" ]; then
	exit 0
fi
read -r XEN_GENERATION <"$suspend/generation" || die "$suspend/generation: not a line"
export XEN_ID XEN_GENERATION

# Remembered when it is done, and as of before: if it failed, or there was a restore in
# the middle of it, the next call runs it again.
new=$(mktemp "$known.XXXXXX" 2>/dev/null) ||
	die "cannot make a file beside $known: be root, or name another place by REKEY_KNOWN"
trap 'rm -f "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
echo "$XEN_ID" >"$new" || die "cannot write $new: is there room?"
"$@"
mv "$new" "$known"
