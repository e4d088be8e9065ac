#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rekey.sh COMMAND [ARGUMENT]...: run COMMAND, unless it has succeeded here since the last restore
# of this Xen guest. COMMAND gets XEN_GENERATION and XEN_ID in its environment. This protects the
# secrets in the memory of a daemon: if two guests are restored from one image, both have the same
# secrets until the daemon makes new ones.
#
# Unlike rekey.c, rekey.sh does not wait for a restore. A timer can call it, or udev after each
# restore. For udev, write this line to /etc/udev/rules.d/90-rekey.rules, so that systemd repeats
# COMMAND until it succeeds:
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
# It is harmless to call rekey.sh without a restore. udev also does this: `udevadm trigger` sends a
# change event for each device. rekey.sh records a success in $REKEY_KNOWN. By default, this is a
# file in /run with COMMAND's checksum in its name.
#
# $REKEY_KNOWN must be in a directory where no other user can write. Otherwise another user can
# write the id of this restore to the file. COMMAND then does not run, and the daemon keeps a secret
# that another guest has, too.
set -eu

die() { echo "rekey.sh: $*" >&2; exit 2; }

case ${1:--} in -*)
	echo "usage: rekey.sh COMMAND [ARGUMENT]..." >&2
	exit 2
esac
suspend=${REKEY_SYSFS:-/sys/hypervisor/suspend}
known=${REKEY_KNOWN:-/run/rekey.$(echo "$*" | cksum | tr ' ' .)}

[ -r "$suspend/id" ] || die "no $suspend/id: this kernel does not report restores"
[ ! -d "$known" ] || die "$known is a directory: set REKEY_KNOWN to the name of a file"

# Compare the id. Two guests that were restored from one image may have the same generation.
read -r XEN_ID <"$suspend/id" || die "$suspend/id: no complete line"
if [ -e "$known" ] && [ "$(cat "$known")" = "$XEN_ID" ]; then
	exit 0
fi
read -r XEN_GENERATION <"$suspend/generation" || die "$suspend/generation: no complete line"
export XEN_ID XEN_GENERATION

# Record the id only after COMMAND has succeeded, and record the id that was read before. If COMMAND
# fails, or if the guest is restored while COMMAND runs, the next call runs COMMAND again.
new=$(mktemp "$known.XXXXXX" 2>/dev/null) ||
	die "cannot create a file beside $known: run rekey.sh as root, or set REKEY_KNOWN to another file"
trap 'rm -f "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
echo "$XEN_ID" >"$new" || die "cannot write $new: is the disk full?"
"$@"
mv "$new" "$known"
