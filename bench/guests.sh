# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Functions for bench/*.sh: run the two guests that are compared. A guest has the name of its
# kernel, "stock" or "ours". The kernel of "stock" is the job's file "stock".

# Print the frequency of the TSC in kHz, as Xen has measured it.
tsc_khz() { xl dmesg | sed -n 's/.*Detected \([0-9]*\)\.\([0-9]\{3\}\) MHz.*/\1\2/p' | head -n 1; }

# bench_guest KERNEL DISKS ARGS OPTION...: start a guest, with the program ticker. When ticker has
# not run for 1.5 ms, it writes a line to /tmp/gaps in the guest, which may be emptied. With
# way=channel, our kernel offers its suspend event channel. If cpus is set, the guest runs on these
# pCPUs.
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

# longest GUEST: print the longest time in ms in which ticker did not run, by /tmp/gaps and $khz.
# shellcheck disable=SC2154 # the script that sources this file sets khz
longest() { in_guest "$1" "awk -v khz=$khz '\$2 - \$1 > max { max = \$2 - \$1 } END { print max / khz }' /tmp/gaps"; }

# trace_start EVENTS: let Xen trace these events until trace_stop. Write the trace to /tmp, because
# a 9p share cannot write pages of Xen.
trace_start() {
	"$JOB/xentrace" -D -S 512 -e "$1" -T 600 /tmp/trace >"$OUT/xentrace.log" 2>&1 &
	tracer=$!
}

# trace_stop FILE: end the trace, and move it to FILE
trace_stop() {
	kill -INT "$tracer"
	wait "$tracer" || true
	mv /tmp/trace "$1"
}
