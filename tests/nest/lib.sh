# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Functions for scripts that run in dom0 of a nested host: `. /nest/lib.sh`.
#
# A script ends in one of three ways, which tests/run distinguishes:
#	pass		status 0
#	FAILURE		die_fail: the subject of the test is broken
#	ERROR		die_error, or any command that failed unexpectedly: the
#			test itself is broken, and the subject may be right
# Scripts get the state of a guest only through `ask`. The console of a guest can prove that
# something is wrong (console_clean), but never that something is right.
set -eEu -o pipefail

FAILURE=1 ERROR=2

# conclude STATUS VERDICT: print the verdict once, on the script's own output, and exit. In $(...)
# or in a pipe, exit ends only the subshell. Then the parent shell also comes here, by its ERR
# trap, and exits with the status of the first verdict.
exec 3>&1
conclude() {
	trap - ERR
	if [ ! -e /run/ended ]; then
		doubt
		echo "$1" >/run/ended
		echo "$2" >&3
	fi
	exit "$(cat /run/ended)"
}
# doubt: wait before a verdict that may be wrong, because another host has failed. See pair.sh.
doubt() { :; }
# blame: a defect of the stock kernel. While it is set, die_fail reports a failure as this defect.
blame=
# While $preparing is not empty, no suspend has happened yet. If the guest fails under its own
# load then, the test is wrong, so die_fail reports an ERROR.
preparing=
die_fail() {
	[ -z "$preparing" ] || die_error "before any suspend: $*"
	conclude "$FAILURE" "FAILURE: ${blame:+$blame: }$*"
}
die_error() { conclude "$ERROR" "ERROR: $*"; }
trap 'die_error "${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND"' ERR

# say TEXT: print TEXT with the seconds since dom0's boot, so that the log is a timeline.
say() { printf '%6.1f %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }

# xl_try SECONDS ARGS...: run xl, and append its output to xl.log. Return its status, or 124 if it
# had to be killed.
xl_try() {
	local seconds=$1 status=0
	shift
	echo "+ xl $*" >>"$OUT/xl.log"
	timeout "$seconds" xl "$@" >>"$OUT/xl.log" 2>&1 || status=$?
	return "$(timely "$status")"
}

# timely STATUS: print the status of a command that timeout has run: 124 if timeout has killed it.
# Busybox's timeout returns 143 then, the status of the killed command.
timely() { [ "$1" = 143 ] && echo 124 || echo "$1"; }

# xl_must SECONDS ARGS...: as xl_try, but if xl fails, the guest is at fault. For a save, SECONDS
# must be more than the 60 s for which libxl waits until the guest suspends.
xl_must() {
	xl_try "$@" || die_fail "xl $2: $(xl_complaint)"
}

# xl_said: print the whole output of the last xl. Its reader must read all of it. Otherwise this
# pipe sometimes fails, because of pipefail.
xl_said() { sed -n '/^+ xl/h; //!H; ${ x; p; }' "$OUT/xl.log" | tr -d '\r'; }

xl_complaint() { xl_said | awk '/error/ && !n++' | grep . || echo "no reason given, see xl.log"; }
xl_says() { xl_said | grep -E -- "$1" >/dev/null; }

# within SECONDS COMMAND...: repeat COMMAND until it succeeds. Return 1 if SECONDS pass before.
within() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		heed
		[ "$SECONDS" -le "$deadline" ] || return 1
		sleep 0.1
	done
}

# heed: exit if there is a verdict. In a condition, bash ignores that a $(...) has exited with
# one.
heed() { [ ! -e /run/ended ] || exit "$(cat /run/ended)"; }

# says COMMAND...: set $said to the output of COMMAND. is, differs VALUE COMMAND...: succeed if
# the output is VALUE, or is another one. All of these fail if COMMAND fails.
says() { said=$("$@") || { heed; return 1; }; }
is() {
	local said
	says "${@:2}" && [ "$said" = "$1" ]
}
differs() {
	local said
	says "${@:2}" && [ "$said" != "$1" ]
}

# The time in seconds that a guest may take to answer. Most answers come within two seconds.
: "${PATIENCE:=90}"

: "${GUEST_ARGS:=}"

# The walk that suspends of guests must take: fast, which does not freeze tasks or suspend
# devices, or slow. Empty if the case decides this itself, or if both are right.
: "${WALK:=}"

# --- Guests. Guest number N has the address 10.0.N.2, and dom0 has 10.0.N.1 on the same link.

declare -A number
guests=0
ip_of() { echo "10.0.${number[$1]}.2"; }
peer_of() { echo "10.0.${number[$1]}.1"; }
console_of() { echo "$OUT/guests/guest-$1.log"; }
# In a migration, the new domain is called NAME--incoming until it is complete. The log of its
# console keeps this name.
consoles_of() { ls -t "$OUT/guests/guest-$1.log" "$OUT/guests/guest-$1--incoming.log" 2>/dev/null || true; }

# guest_config NAME [type=|vcpus=|memory=|disk=MB|swap=MB|work=LIST|args=TEXT|line=XL]...: write
# NAME.cfg, and make a disk NAME.disk and a swap disk if the options ask for them. LIST names the
# programs of tests/guest that the guest runs. The line XL is added to NAME.cfg as it is. type is
# pv, pvh or hvm.
guest_config() {
	local name=$1 type=pv vcpus=1 memory=128 disk='' swap='' work='' args='' line='' option n
	local disks=()
	shift
	for option in "$@"; do
		case ${option%%=*} in
		type|vcpus|memory|disk|swap|work|args|line) local "${option%%=*}=${option#*=}" ;;
		*) die_error "guest_config: unknown option $option" ;;
		esac
	done
	n=$((++guests))
	number[$name]=$n
	[ -z "$disk" ] || disks+=("'phy:$(guest_disk "$name" "$disk"),xvda,w'")
	[ -z "$swap" ] || {
		disks+=("'phy:$(guest_disk "$name-swap" "$swap"),xvdb,w'")
		mkswap "$name-swap.disk" >/dev/null
		args+=' nest.swap=/dev/xvdb'
	}
	{
		echo "name='$name'"
		echo "type='$type'"
		echo "vcpus=$vcpus"
		echo "memory=$memory"
		echo "kernel='$GUEST_KERNEL'"
		echo "ramdisk='$GUEST_RAMDISK'"
		echo "extra='console=hvc0 nest.ip=$(ip_of "$name") nest.peer=$(peer_of "$name") nest.work=$work $GUEST_ARGS $args'"
		printf "vif=['mac=00:16:3e:00:00:%02x,type=vif']\n" "$n"
		[ ${#disks[@]} = 0 ] || echo "disk=[$(IFS=,; echo "${disks[*]}")]"
		# Preserve the domain: guest_off must see how it has ended. Besides, a checkpoint
		# ends the xl that watches the domain, so no process would clean up.
		echo "on_poweroff='preserve'"
		echo "on_crash='preserve'"
		[ "$type" != hvm ] || printf 'vga="none"\nvnc=0\nserial="pty"\n'
		echo "$line"
	} >"$name.cfg"
	[ "$type" != hvm ] || device_model
}

# device_model: unpack the device model. It is as large as the rest of dom0, so only cases with
# HVM guests do this.
device_model() {
	[ ! -x /usr/libexec/xen-qemu-system-i386 ] || return 0
	gunzip -c "$JOB/hvm.cpio.gz" | (cd / && cpio -id 2>/dev/null) ||
		die_error "cannot unpack the device model"
}

# guest_disk NAME MB: make NAME.disk, and print its loop device, because blkback accepts only
# block devices.
guest_disk() {
	local loop
	loop=$(losetup -f)
	truncate -s "$2M" "$1.disk"
	losetup "$loop" "$1.disk"
	echo "$loop"
}

# disk_list NAME NUMBER: make NUMBER disks of 1 MiB, and print them in the format of xl.cfg, as
# xvdb to xvdz, then xvdaa and so on.
disk_list() {
	local i list='' names=()
	names=({b..z} a{a..z})
	for ((i = 0; i < $2; i++)); do
		list+="${list:+, }'phy:$(guest_disk "$1-$i" 1),xvd${names[i]},w'"
	done
	echo "$list"
}

# guest_start NAME: create the guest, and wait until its init answers.
guest_start() {
	xl_try 120 create "$1.cfg" || die_error "xl create: $(xl_complaint)"
	guest_boots "$1"
	unset "clock_start[$1]"
	clock_right "$1"
	say "$1 is up, domain $(xl domid "$1")"
}

# own_option NAME OPTION...: set $own to the value of the option NAME, which belongs to the case,
# and $others to all other options, which are for guest_config.
own_option() {
	local name=$1 option
	shift
	own='' others=()
	for option in "$@"; do
		case $option in
		"$name"=*) own=${option#*=} ;;
		*) others+=("$option") ;;
		esac
	done
	[ -n "$own" ] || die_error "the case wants $name="
}

# guest_start_loaded NAME OPTION...: start the guest with all programs whose work a suspend may
# break, unless the options are different, and start tcp-peer in dom0, to which the guest
# connects.
guest_start_loaded() {
	guest_config "$1" disk=64 work=mem,storm,disk,tcp,clock,timers "${@:2}"
	tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
	guest_start "$1"
}

# guest_up NAME [SECONDS]: wait until init of the guest answers.
guest_up() { guest_answers "$1" "${2:-$PATIENCE}" true; }

# guest_boots NAME: as guest_up, while the guest boots. The time for this depends on the machine.
# So the guest only must not be silent on its console for two minutes.
guest_boots() { guest_answers "$1" 120 console_size "$1"; }

# guest_answers NAME SECONDS COMMAND...: wait until the guest answers. Fail after SECONDS in which
# the output of COMMAND has not changed.
guest_answers() {
	local deadline said='' says
	deadline=$((SECONDS + $2))
	until ask -t 2 "$(ip_of "$1")" status >/dev/null 2>&1; do
		! crashed "$1" || die_fail "$1 crashed: $(last_words "$1")"
		says=$("${@:3}")
		[ "$says" = "$said" ] || deadline=$((SECONDS + $2)) said=$says
		[ "$SECONDS" -lt "$deadline" ] || silent "$1" "after $2 s"
		sleep 0.2
	done
}

console_size() { stat -c %s "$(console_of "$1")" 2>/dev/null || true; }

# in_state NAME LETTERS: succeed if xl list shows the domain in one of these states.
in_state() { xl list "$1" 2>/dev/null | awk -v of="[$2]" 'NR == 2 && $5 ~ of { found = 1 } END { exit !found }'; }
crashed() { in_state "$1" c; }

# complaint_of NAME: print the first complaint of the kernel on the console, if it has one. Call
# traces that the kernel prints for tasks that it could not freeze are no complaint.
complaint_of() {
	consoles_of "$1" | xargs -r sed '/tasks refusing to freeze/,/Restarting tasks/{/Call Trace:/d}' |
		grep -m 1 -ahE 'WARNING:|BUG:|BUG |Oops|Call Trace|lockup|rcu: INFO|rcu.*detected stall|Kernel panic|blocked for more than|general protection|Unable to handle' |
		tr -d '\r' || true
}

# last_words NAME: print the complaint or, without one, the last line of the console.
last_words() {
	local said
	said=$(complaint_of "$1")
	[ -n "$said" ] || said=$(consoles_of "$1" | head -n 1 | xargs -r tail -n 1 | tr -d '\r') || true
	echo "$said"
}

# silent NAME [HOW]: fail, because the guest does not answer. First write to silent.log what its
# vCPUs do, twice, and whether the guest answers after an NMI. An NMI wakes a vCPU that sleeps
# although an interrupt is pending, which can happen because QEMU's VMRUN ignores that sti delays
# interrupts. Xen's console gets the state of vCPUs and of pending events. A guest in its firmware
# has no handler for the NMI, so Xen reports a triple fault then.
silent() {
	{ for _ in 1 2; do xl vcpu-list && xenctx -aC "$(xl domid "$1")"; sleep 1; done
		xl debug-keys qe && xl trigger "$1" nmi 0 && xl trigger "$1" nmi 1; sleep 5
		ask -t 2 "$(ip_of "$1")" status && echo "an NMI woke it"; } >"$OUT/silent.log" 2>&1 || true
	die_fail "$1 does not answer${2:+ $2}: $(last_words "$1")"
}

# in_guest NAME COMMAND: run COMMAND in the guest and print its output. If COMMAND fails, the test
# is wrong. But if the guest does not answer (124), or its kernel has crashed, the guest is at
# fault.
in_guest() {
	local said status=0
	said=$(ask -t 60 "$(ip_of "$1")" exec "$2" 2>&1) || status=$?
	[ "$status" != 124 ] || silent "$1"
	[ "$status" = 0 ] || {
		console_clean "$1"
		die_error "in $1: $2: ${said##*$'\n'}"
	}
	echo "$said"
}

# guest_true NAME COMMAND: succeed if COMMAND succeeds in the guest.
guest_true() { is yes in_guest "$1" "($2) >/dev/null 2>&1 && echo yes || echo no"; }

# guest_bears_loops NAME: set the guest's watchdogs so that a vCPU may loop for a minute. This
# happens if other vCPUs have the pCPU, or if the guest is paused.
guest_bears_loops() {
	in_guest "$1" "echo 60 >/proc/sys/kernel/watchdog_thresh; cd /sys/module; \
		echo 120 >rcupdate/parameters/rcu_cpu_stall_timeout; echo 120 >workqueue/parameters/watchdog_thresh" >/dev/null
}

# guest_program NAME PROGRAM: copy PROGRAM from build/cases to /tmp/PROGRAM in the guest.
guest_program() {
	# The file httpd shows that this server runs. tools.sh has a server of its own.
	[ -e httpd ] || httpd -p 7002 -h "$JOB"
	touch httpd
	in_guest "$1" "wget -q -O /tmp/$2 http://$(peer_of "$1"):7002/$2 && chmod +x /tmp/$2" >/dev/null
}

# guest_fuse NAME MS: mount a FUSE file system on /tmp/f in the guest. Its server is a process of
# the guest (fuse.c), and answers each request after MS. The file system has one file,
# /tmp/f/file. Write another MS to /tmp/delay to change it. guest_fuse_ends NAME: kill the server.
# Programs that wait for it then get an error.
guest_fuse() {
	guest_true "$1" "test -x /tmp/fuse" || guest_program "$1" fuse
	in_guest "$1" "mkdir -p /tmp/f; echo $2 >/tmp/delay; (/tmp/fuse /tmp/f /tmp/delay </dev/null >/tmp/fuse.log 2>&1 &) ; sleep 1" >/dev/null
}
guest_fuse_ends() { in_guest "$1" "killall fuse; sleep 1; umount /tmp/f" >/dev/null; }

# guest_fuse_reader NAME MS: as guest_fuse, and start a task that reads the file. While this task
# waits for the server, and the server is frozen, the freezer cannot freeze the task.
guest_fuse_reader() {
	guest_fuse "$1" "$2"
	in_guest "$1" "(cat /tmp/f/file </dev/null >/dev/null 2>&1 &) ; sleep 1" >/dev/null
}

# guest_module NAME MODULE [PARAMETER=VALUE]...: load a module from build/LINE/kmod in the guest.
guest_module() {
	guest_program "$1" "$2"
	in_guest "$1" "insmod /tmp/$2 ${*:3}" >/dev/null
}

# guest_set NAME MODULE PARAMETER=VALUE...: set parameters of a module that the guest has loaded.
guest_set() {
	local name=$1 module=$2 set
	shift 2
	for set in "$@"; do
		in_guest "$name" "echo ${set#*=} >/sys/module/$module/parameters/${set%%=*}" >/dev/null
	done
}

# guest_asleep NAME MS: start a task that sleeps in state D for MS. The guest must have loaded
# stalls.ko.
guest_asleep() {
	in_guest "$1" "sh -c 'echo $2 >/sys/module/stalls/parameters/asleep' </dev/null >/dev/null 2>&1 & \
		until grep -q '^State:.D' /proc/\$!/status; do sleep 0.1; done" >/dev/null
}

# backend_for ID FRONT BACK [NODE VALUE]...: make the backend's directory BACK in xenstore, with
# these nodes, for the frontend's directory FRONT of domain ID. xl does not know this backend.
backend_for() {
	local id=$1 front=$2 back=$3
	shift 3
	xenstore-write "$back/frontend" "$front" "$back/frontend-id" "$id" "$back/online" 1
	while [ $# -gt 0 ]; do
		xenstore-write "$back/$1" "$2"
		shift 2
	done
	xenstore-chmod -r "$back" n0 "r$id"
}

# guest_device NAME TYPE STATE [NODE VALUE]...: make a device in xenstore that xl does not know.
# Its backend has these nodes and is in STATE. Set $front to the frontend's directory.
guest_device() {
	local id type=$2 state=$3 back
	id=$(xl domid "$1")
	shift 3
	front=/local/domain/$id/device/$type/0
	back=/local/domain/0/backend/$type/$id/0
	backend_for "$id" "$front" "$back" "$@"
	xenstore-write "$front/backend" "$back" "$front/backend-id" 0
	xenstore-chmod -r "$front" "n$id" r0
	# Write the state of the backend last: a backend that finds no frontend is removed.
	xenstore-write "$front/state" 1
	xenstore-write "$back/state" "$state"
}

# guest_ask NAME REQUEST: write REQUEST to control/shutdown, as a toolstack does, without waiting.
guest_ask() { xenstore-write "/local/domain/$(xl domid "$1")/control/shutdown" "$2"; }

# guest_acknowledges NAME: wait until the guest has acknowledged a request.
guest_acknowledges() {
	local id
	id=$(xl domid "$1")
	within 30 is '' xenstore-read "/local/domain/$id/control/shutdown" ||
		die_fail "a request is not taken up"
}

# guest_reason NAME: print why the guest refused to suspend, from xenstore; nothing if it did not.
guest_reason() { xenstore-read "/local/domain/$(xl domid "$1")/error/suspend" 2>/dev/null || true; }

# guest_suspends NAME: print the number of completed suspends, including those that failed.
guest_suspends() { in_guest "$1" "awk 'NR == 1 { print \$2 }' /sys/kernel/debug/xen_suspend/last"; }

# guest_slow NAME NUMBER: wait until the guest has completed more than NUMBER suspends. Print why
# the last one froze tasks, or nothing if it did not. The guest may write this record after xl has
# ended and programs run again.
guest_slow() {
	within 20 differs "$2" guest_suspends "$1" || die_fail "$1 is not through with more than $2 suspends"
	in_guest "$1" "sed -n 's/^slow //p' /sys/kernel/debug/xen_suspend/last"
}

# guest_after_suspend NAME COMMAND: have the guest run COMMAND when its next suspend is complete.
guest_after_suspend() {
	local last=/sys/kernel/debug/xen_suspend/last id
	id=$(guest_suspends "$1")
	in_guest "$1" "(while grep -q '^suspend $id ' $last; do sleep 0.1; done; $2) </dev/null >/dev/null 2>&1 &" >/dev/null
}

# guest_says_why NAME PATTERN: check that within 5 s the guest gives a reason that matches
# PATTERN. Programs may run again before the guest writes the reason.
guest_says_why() {
	within 5 has_reason "$@" || die_fail "error/suspend: $(guest_reason "$1" | grep . || echo nothing)"
}

# shellcheck disable=SC2053 # it is a pattern
has_reason() { [[ $(guest_reason "$1") == $2 ]]; }

# guest_refuses NAME MS PATTERN: request a suspend for MS. The guest must not acknowledge the
# request, and must give a reason that matches PATTERN.
guest_refuses() {
	local status=0
	suspend-guest -a "$2" "$(xl domid "$1")" >"$OUT/suspend.log" 2>&1 || status=$?
	[ "$status" = 1 ] || die_fail "asked to suspend for $2 ms: $(tail -n 1 "$OUT/suspend.log")"
	guest_says_why "$1" "$3"
}

megabytes() { xl list "$1" | awk 'NR == 2 { print $3 }'; }

# has_memory NAME MB: succeed if the domain has MB of memory according to Xen, or one MB more or
# less, because Xen's count depends on the type of guest.
has_memory() {
	local now
	now=$(megabytes "$1")
	((now >= $2 - 1 && now <= $2 + 1))
}

# guest_balloon NAME MB [SECONDS]: set the memory target, and wait until the guest has reached it.
guest_balloon() {
	xl_try 20 mem-set "$1" "$2" || die_error "xl mem-set: $(xl_complaint)"
	memory_settles "$@"
}

# guest_balloon_rests NAME: wait until the guest's balloon has reached its target.
guest_balloon_rests() {
	local balloon=/sys/devices/system/xen_memory/xen_memory0
	within 60 guest_true "$1" "cmp $balloon/target_kb $balloon/info/current_kb" ||
		die_fail "the balloon still moves after 60 s"
}

# guest_carried NAME [MB]: wait until the balloon rests. Then save, restore, checkpoint and
# migrate the guest. Afterwards it must have MB of memory, by default as much as before.
guest_carried() {
	local mb
	guest_balloon_rests "$1"
	mb=${2:-$(megabytes "$1")}
	guest_save_restore "$1" image
	guest_well "$1"
	guest_checkpoint "$1" image
	guest_well "$1"
	guest_migrate "$1"
	guest_up "$1"
	guest_well "$1"
	has_memory "$1" "$mb" || die_fail "memory: $(megabytes "$1") MB, not $mb"
	say "$mb MB: saved, checkpointed, migrated"
}

# guest_fill NAME swapped|left KB [CGROUP]: start a program that writes to memory until KB are
# swapped out, or until only KB are left. With CGROUP, it runs in that cgroup. guest_filled NAME:
# check that the program continues, and that all its pages have what it wrote.
guest_fill() {
	guest_program "$1" fills
	in_guest "$1" "${4:+echo \$\$ >/tmp/cgroup/$4/cgroup.procs; }exec /tmp/fills $2 $3 /tmp/fills.state" >/dev/null
	within 300 guest_true "$1" "test -s /tmp/fills.state" || die_error "$1's memory is not full: $(guest_memory "$1")"
	say "$1's memory is full: $(guest_memory "$1")"
}
guest_memory() { in_guest "$1" "awk '/^(MemTotal|MemAvailable|AnonPages|SwapFree):/ { printf \"%s%d MB \", \$1, \$2 / 1024 }' /proc/meminfo"; }
fills_state() { in_guest "$1" "cat /tmp/fills.state"; }
guest_filled() {
	local before
	before=$(fills_state "$1")
	within 60 differs "$before" fills_state "$1" || die_fail "the program that fills memory stands still: $before"
	before=$(fills_state "$1")
	[[ $before != BAD* ]] || die_fail "the program that fills memory: ${before#BAD }"
}

# guest_swapped NAME: print how many requests the swap disk of the guest has completed.
guest_swapped() { in_guest "$1" "awk 'NR == FNR { swap = \$1; next } swap == \"/dev/\" \$3 { print \$4 + \$8 }' /proc/swaps /proc/diskstats"; }

# memory_settles NAME MB [SECONDS]: wait until the domain has MB of memory, up to SECONDS or a
# minute.
memory_settles() {
	within "${3:-60}" has_memory "$1" "$2" || die_fail "memory: $(megabytes "$1") MB, not $2, after ${3:-60} s"
	say "$2 MB"
}

# guest_off NAME: wait until the guest has shut down by itself with the reason poweroff (0; a
# crash has 3), and destroy the domain.
guest_off() {
	local reason
	within 180 in_state "$1" sc || die_fail "$1 still runs, 180 s after it was told to end"
	reason=$(xl list -v "$1" | awk 'NR == 2 { print $8 }')
	[ "$reason" = 0 ] || die_fail "$1 ended with reason $reason, not 0 (poweroff)"
	guest_destroy "$1"
	console_clean "$1"
}

# --- Save and restore. The format of each image is checked.

guest_save()       { xl_must 90 save "$1" "$2"; image_sound "$2"; }
guest_checkpoint() { xl_must 90 save -c "$1" "$2"; image_sound "$2"; }
guest_restore()    { xl_must 60 restore "$1"; }
# guest_migrate NAME: migrate live, to this same host. The old domain runs while the new one is
# filled.
guest_migrate()    { xl_must 180 migrate -s '' "$1" 'xl migrate-receive'; }
guest_restore_paused() { xl_must 60 restore -p "$1"; }

# guest_restore_beside COPY IMAGE NAME DISK: restore IMAGE of the guest NAME as another guest,
# COPY, while NAME runs. COPY has no network, and has DISK instead of the disk of NAME.
guest_restore_beside() {
	sed -e "s/^name=.*/name='$1'/" -e '/^vif=/d' -e "s|phy:[^,]*|phy:$4|" "$3.cfg" >"$1.cfg"
	xl_must 120 restore "$1.cfg" "$2"
}

# guest_restore_without NAME IMAGE DEVICE...: restore the guest without the nodes that name the
# backends of these devices, and wait until the guest has failed to find each of these backends.
# Set $domain to the directory of the new domain in xenstore.
guest_restore_without() {
	local name=$1 device
	guest_restore_paused "$2"
	shift 2
	domain=/local/domain/$(xl domid "$name")
	for device in "$@"; do
		xenstore-rm "$domain/device/$device/backend-id"
	done
	guest_unpause "$name"
	for device in "$@"; do
		within 30 complains_of "$device" >/dev/null || die_fail "$device: nothing in error/"
	done
}
complains_of() { xenstore-read "$domain/error/device/$1/error" 2>/dev/null; }

guest_unpause()    { xl_try 20 unpause "$1" || die_error "xl unpause: $(xl_complaint)"; }
guest_destroy()    { xl_try 60 destroy "$1" || die_error "xl destroy: $(xl_complaint)"; }

# guest_save_restore NAME IMAGE: save and restore the guest, and wait until it answers.
guest_save_restore() {
	guest_save "$1" "$2"
	guest_restore "$2"
	guest_up "$1"
}

image_complete() {
	PYTHONPATH=/usr/lib/xen-4.17/lib/python python3.11 -S \
		/usr/lib/xen-4.17/bin/verify-stream-v2 -f xl -i "$1" \
		>>"$OUT/verify.log" 2>&1
}

image_sound() {
	image_complete "$1" ||
		die_fail "verify-stream-v2 refuses $1: $(tail -n 2 "$OUT/verify.log" | tr '\n' ' ')"
}

# guest_well NAME: check the guest after a save: its programs have no error and continue, its time
# of day is right, it took the right walk, and its console has no complaint of the kernel.
guest_well() {
	ask -w "$PATIENCE" "$(ip_of "$1")" advance >"$OUT/advance.log" 2>&1 ||
		die_fail "programs in $1: $(tail -n 1 "$OUT/advance.log"); console: $(last_words "$1")"
	clock_right "$1"
	walk_right "$1"
	console_clean "$1"
}

# walk_right NAME: check that the last suspend, if there was one, took the walk $WALK. Otherwise a
# case could pass although the walk that it is meant for did not run. The fast walk gives up when
# tasks have held locks for a second. On a busy machine this is no fault, so it may happen once.
gave_up=
walk_right() {
	local last suspend why took=fast
	[ -n "$WALK" ] || return 0
	last=$(in_guest "$1" "cat /sys/kernel/debug/xen_suspend/last")
	[[ $last != "suspend 0 "* ]] || return 0
	[[ $last != *$'\tdown\ttasks\t'* ]] || took=slow
	[ "$took" != "$WALK" ] || return 0
	why=$(sed -n 's/^slow //p' <<<"$last") suspend=${last%%$'\n'*}
	[[ $why == faults:* && ${gave_up:-$suspend} = "$suspend" ]] ||
		die_fail "$1 took the $took walk, not the $WALK one: ${why:-no reason given}"
	[ -n "$gave_up" ] || say "$1 took the $took walk: $why"
	gave_up=$suspend
}

# clock_offset NAME: print the least and the most, in ms, by which CLOCK_REALTIME of the guest may
# be ahead of dom0's. The two differ, because a request to the guest takes time.
clock_offset() {
	local before after there
	before=${EPOCHREALTIME/./}
	there=$(ask -t 60 "$(ip_of "$1")" clock) || die_fail "$1 does not tell its clock"
	after=${EPOCHREALTIME/./}
	there=$((${there%% *} / 1000))
	echo $(((there - after) / 1000)) $(((there - before) / 1000))
}

# clock_right NAME: check that the guest's clock has moved by at most 2 s against dom0's since
# guest_start. The clocks may differ at the start: on a busy machine, the guest's kernel loses
# ticks before it has its clocksource, and then its clock stays seconds behind.
declare -A clock_start=()
clock_right() {
	local least most least0 most0
	read -r least most <<<"$(clock_offset "$1")"
	[ -n "${clock_start[$1]:-}" ] || clock_start[$1]="$least $most"
	read -r least0 most0 <<<"${clock_start[$1]}"
	((least <= most0 + 2000 && most >= least0 - 2000)) ||
		die_fail "$1's time of day moved by $(((least + most - least0 - most0) / 2)) ms against dom0's"
}

# console_clean NAME: fail if the console has a complaint of the kernel.
console_clean() {
	local complaint
	complaint=$(complaint_of "$1")
	[ -z "$complaint" ] || die_fail "$1's console: $complaint"
}

# xen_clean: fail if Xen has logged an error, or a failure of a handler of domain contexts.
xen_clean() {
	local complaint
	complaint=$(xl dmesg | grep -m 1 -E 'BUG|Assertion|Xen call trace|WARN|context handler') || true
	[ -z "$complaint" ] || die_fail "Xen: $complaint"
}

# guest_end NAME: shut the guest down, and check that its disk has what its program disk wrote.
guest_end() {
	xl_must 60 shutdown "$1"
	guest_off "$1"
	[ ! -e "$1.disk" ] || disk verify "$1.disk" >"$OUT/disk.log" 2>&1 ||
		die_fail "$1's disk: $(tail -n 1 "$OUT/disk.log")"
}
