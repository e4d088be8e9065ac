# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The two guests that are compared, for bench/*.sh; stock's kernel is the job's file
# "stock", and its name tells which it is.

# In kHz, as Xen has measured it.
tsc_khz() { xl dmesg | sed -n 's/.*Detected \([0-9]*\)\.\([0-9]\{3\}\) MHz.*/\1\2/p' | head -n 1; }

# bench_guest KERNEL DISKS ARGS OPTION...: start it, with a process that wants to run each
# millisecond. When it did not, /tmp/gaps there says, which may be emptied. Ours can be
# asked by event channel, if way=channel. They run on the pCPUs of cpus, if that is set.
bench_guest() {
	local kernel=$1 disks=$2 args=$3 line='tsc_mode="native"'
	shift 3
	[ -z "${cpus:-}" ] || line+=$'\n'"cpus=\"$cpus\""
	[ "${way:-store}" != channel ] || args+=" xen_suspend.event_channel=1"
	[ "$disks" = 0 ] || line+=$'\n'"disk=[$(disk_list "$kernel" "$disks")]"
	[ "$kernel" != stock ] || args=
	guest_config "$kernel" line="$line" args="$args" "$@"
	[ "$kernel" != stock ] || sed -i "s|^kernel=.*|kernel='$JOB/stock'|" "$kernel.cfg"
	guest_start "$kernel"
	guest_program "$kernel" ticker
	in_guest "$kernel" "/tmp/ticker $(($(tsc_khz) * 3 / 2)) </dev/null >>/tmp/gaps 2>&1 &" >/dev/null
}

# longest GUEST: in ms, the longest that this process did not run, by /tmp/gaps and $khz.
# shellcheck disable=SC2154 # the script that sources this file sets khz
longest() { in_guest "$1" "awk -v khz=$khz '\$2 - \$1 > max { max = \$2 - \$1 } END { print max / khz }' /tmp/gaps"; }

# trace_start EVENTS: until trace_stop, have Xen say what happens. Not to a 9p share, which
# does not take pages of Xen's.
trace_start() {
	"$JOB/xentrace" -D -S 512 -e "$1" -T 600 /tmp/trace >"$OUT/xentrace.log" 2>&1 &
	tracer=$!
}

# trace_stop FILE
trace_stop() {
	kill -INT "$tracer"
	wait "$tracer" || true
	mv /tmp/trace "$1"
}
