# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts that run in dom0 of a nested host: `. /nest/lib.sh`.
#
# A script ends in one of three ways, and tests/run tells them apart:
#	pass		status 0
#	FAILURE		die_fail: what is tested broke
#	ERROR		die_error, or any command that failed unforeseen: the
#			test itself broke, and says nothing about the subject
# Guests are spoken to only through `ask`; their consoles are evidence that
# something is wrong (console_clean), never that something is right.
set -eEu -o pipefail

FAILURE=1 ERROR=2

# Said once and on the script's own output, even where $(...) or a pipe is in
# the way: there, exit leaves a subshell only, and the parent ends up here too.
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
# Before a verdict that is none where another host is the reason (pair.sh).
doubt() { :; }
# Where $blame names a defect of the stock kernel, it is what a failure shows.
blame=
# As long as $preparing is not empty, nothing was done to the guest that is tested: if it does
# not bear its own load, the test is at fault.
preparing=
die_fail() {
	[ -z "$preparing" ] || die_error "before any suspend: $*"
	conclude "$FAILURE" "FAILURE: ${blame:+$blame: }$*"
}
die_error() { conclude "$ERROR" "ERROR: $*"; }
trap 'die_error "${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND"' ERR

# Seconds since the start, so that a log reads as a timeline.
say() { printf '%6.1f %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }

# xl_try SECONDS ARGS...: xl, with its talk in xl.log. 124 if it did not end by itself.
xl_try() {
	local seconds=$1 status=0
	shift
	echo "+ xl $*" >>"$OUT/xl.log"
	timeout "$seconds" xl "$@" >>"$OUT/xl.log" 2>&1 || status=$?
	return "$(timely "$status")"
}

# timely STATUS: of what timeout has run. Busybox's ends as what it kills does.
timely() { [ "$1" = 143 ] && echo 124 || echo "$1"; }

# The same, where failing means that the guest did not play its part. libxl
# gives a guest 60 s to suspend, which is less than any SECONDS here.
xl_must() {
	xl_try "$@" || die_fail "xl $2: $(xl_complaint)"
}

# xl_said: all of it, when it was last called. And whoever reads it reads all of it: pipefail
# has something else fail otherwise, now and then.
xl_said() { sed -n '/^+ xl/h; //!H; ${ x; p; }' "$OUT/xl.log" | tr -d '\r'; }

xl_complaint() { xl_said | awk '/error/ && !n++' | grep . || echo "no reason given, see xl.log"; }
xl_says() { xl_said | grep -E -- "$1" >/dev/null; }

# within SECONDS COMMAND...: wait until it succeeds, or say by status 1 that it did not.
within() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		heed
		[ "$SECONDS" -le "$deadline" ] || return 1
		sleep 0.1
	done
}

# heed: a verdict that was reached in a $(...) is one, where that is part of a condition,
# too.
heed() { [ ! -e /run/ended ] || exit "$(cat /run/ended)"; }

# is, differs VALUE COMMAND...: what does it say? One that fails does neither.
says() { said=$("$@") || { heed; return 1; }; }
is() {
	local said
	says "${@:2}" && [ "$said" = "$1" ]
}
differs() {
	local said
	says "${@:2}" && [ "$said" != "$1" ]
}

# How long a guest may be silent, in seconds; most answer within two.
: "${PATIENCE:=90}"

: "${GUEST_ARGS:=}"

# How guests are to be suspended: fast, with tasks and devices left alone, or slow; empty if
# the case decides that, or it does not matter.
: "${WALK:=}"

# --- Guests. Number N has dom0's 10.0.N.1 as its peer and is 10.0.N.2 itself.

declare -A number
guests=0
ip_of() { echo "10.0.${number[$1]}.2"; }
peer_of() { echo "10.0.${number[$1]}.1"; }
console_of() { echo "$OUT/guests/guest-$1.log"; }
# While it arrives, a domain that was migrated has another name, which its log keeps.
consoles_of() { ls -t "$OUT/guests/guest-$1.log" "$OUT/guests/guest-$1--incoming.log" 2>/dev/null || true; }

# guest_config NAME [type=|vcpus=|memory=|disk=MB|swap=MB|work=LIST|args=TEXT|line=XL]...
# writes NAME.cfg, and a disk NAME.disk where asked, and one to swap to. LIST names
# the programs that the guest runs, as tests/guest knows them; a XL line goes in as it
# is. type is pv, pvh or hvm.
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
		# Left for guest_off to see. And a checkpoint ends the xl that
		# watches the domain, so nobody else would clean up.
		echo "on_poweroff='preserve'"
		echo "on_crash='preserve'"
		[ "$type" != hvm ] || printf 'vga="none"\nvnc=0\nserial="pty"\n'
		echo "$line"
	} >"$name.cfg"
	[ "$type" != hvm ] || device_model
}

# The device model is as large as all the rest of dom0, so only those who want
# it unpack it.
device_model() {
	[ ! -x /usr/libexec/xen-qemu-system-i386 ] || return 0
	gunzip -c "$JOB/hvm.cpio.gz" | (cd / && cpio -id 2>/dev/null) ||
		die_error "cannot unpack the device model"
}

# A file behind a loop device: blkback takes block devices only.
guest_disk() {
	local loop
	loop=$(losetup -f)
	truncate -s "$2M" "$1.disk"
	losetup "$loop" "$1.disk"
	echo "$loop"
}

# disk_list NAME NUMBER: so many disks of its own, of 1 MiB, as xl.cfg has them: xvdb to xvdz, then xvdaa
# and so on.
disk_list() {
	local i list='' names=()
	names=({b..z} a{a..z})
	for ((i = 0; i < $2; i++)); do
		list+="${list:+, }'phy:$(guest_disk "$1-$i" 1),xvd${names[i]},w'"
	done
	echo "$list"
}

# guest_start NAME: create it and wait until its init answers.
guest_start() {
	xl_try 120 create "$1.cfg" || die_error "xl create: $(xl_complaint)"
	guest_boots "$1"
	unset "clock_start[$1]"
	clock_right "$1"
	say "$1 is up, domain $(xl domid "$1")"
}

# own_option NAME OPTION...: the one that is the case's own, as $own; $others are the
# rest, those of guest_config.
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

# guest_start_loaded NAME OPTION...: with all at work in it that a suspend may break, if
# the options do not say otherwise, and the peer that it talks to.
guest_start_loaded() {
	guest_config "$1" disk=64 work=mem,storm,disk,tcp,clock,timers "${@:2}"
	tcp-peer 7001 >"$OUT/tcp-peer.log" 2>&1 &
	guest_start "$1"
}

# guest_up NAME [SECONDS]: wait until its init answers.
guest_up() { guest_answers "$1" "${2:-$PATIENCE}" true; }

# guest_boots NAME: as guest_up. How long all of it takes hangs on the machine, but it is not
# to be silent on its console for two minutes.
guest_boots() { guest_answers "$1" 120 console_size "$1"; }

# guest_answers NAME SECONDS COMMAND...: within so long, or so long after COMMAND said
# something new.
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

# in_state NAME LETTERS: is it in one of them, as xl list has them?
in_state() { xl list "$1" 2>/dev/null | awk -v of="[$2]" 'NR == 2 && $5 ~ of { found = 1 } END { exit !found }'; }
crashed() { in_state "$1" c; }

last_words() { consoles_of "$1" | head -n 1 | xargs -r tail -n 1 | tr -d '\r' || true; }

# silent NAME [HOW]: it does not answer. silent.log has what its vCPUs do, twice, and whether
# an NMI wakes it, as it would who sleeps with an interrupt pending (QEMU's VMRUN forgets
# that sti inhibits interrupts); Xen's console, who runs, and what is pending. A guest that is
# still in its firmware has no handler for the NMI: Xen then reports a triple fault.
silent() {
	{ for _ in 1 2; do xl vcpu-list && xenctx -aC "$(xl domid "$1")"; sleep 1; done
		xl debug-keys qe && xl trigger "$1" nmi 0 && xl trigger "$1" nmi 1; sleep 5
		ask -t 2 "$(ip_of "$1")" status && echo "an NMI woke it"; } >"$OUT/silent.log" 2>&1 || true
	die_fail "$1 does not answer${2:+ $2}: $(last_words "$1")"
}

# in_guest NAME COMMAND: its output. A command that fails is the test's fault; not so a guest
# that is not there (124), or whose kernel has crashed.
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

# guest_true NAME COMMAND: does it succeed there?
guest_true() { is yes in_guest "$1" "($2) >/dev/null 2>&1 && echo yes || echo no"; }

# guest_bears_loops NAME: its watchdogs let a vCPU loop for a minute, as it may have to
# where others have the pCPU, or it is paused.
guest_bears_loops() {
	in_guest "$1" "echo 60 >/proc/sys/kernel/watchdog_thresh; cd /sys/module
		echo 120 >rcupdate/parameters/rcu_cpu_stall_timeout; echo 120 >workqueue/parameters/watchdog_thresh" >/dev/null
}

# guest_program NAME PROGRAM: fetch one of build/cases, to /tmp/PROGRAM there.
guest_program() {
	# tools.sh has one, too.
	[ -e httpd ] || httpd -p 7002 -h "$JOB"
	touch httpd
	in_guest "$1" "wget -q -O /tmp/$2 http://$(peer_of "$1"):7002/$2 && chmod +x /tmp/$2" >/dev/null
}

# guest_fuse NAME MS: mount a file system whose server, a process of the guest (fuse.c), answers each
# request after so long. It has one file, /tmp/f/file; /tmp/delay changes the time.
# guest_fuse_ends NAME: the programs that wait then get an error.
guest_fuse() {
	guest_true "$1" "test -x /tmp/fuse" || guest_program "$1" fuse
	in_guest "$1" "mkdir -p /tmp/f; echo $2 >/tmp/delay; (/tmp/fuse /tmp/f /tmp/delay </dev/null >/tmp/fuse.log 2>&1 &) ; sleep 1" >/dev/null
}
guest_fuse_ends() { in_guest "$1" "killall fuse; sleep 1; umount /tmp/f" >/dev/null; }

# guest_fuse_reader NAME MS: as guest_fuse, with a task that reads the file. This task cannot be
# frozen while it waits for a server that is frozen.
guest_fuse_reader() {
	guest_fuse "$1" "$2"
	in_guest "$1" "(cat /tmp/f/file </dev/null >/dev/null 2>&1 &) ; sleep 1" >/dev/null
}

# guest_module NAME MODULE [PARAMETER=VALUE]...: load one of build/LINE/kmod.
guest_module() {
	guest_program "$1" "$2"
	in_guest "$1" "insmod /tmp/$2 ${*:3}" >/dev/null
}

# guest_set NAME MODULE PARAMETER=VALUE...
guest_set() {
	local name=$1 module=$2 set
	shift 2
	for set in "$@"; do
		in_guest "$name" "echo ${set#*=} >/sys/module/$module/parameters/${set%%=*}" >/dev/null
	done
}

# backend_for ID FRONT BACK [NODE VALUE]...: make BACK the directory of a backend that xl
# knows nothing of, with so much in it, for what domain ID has in FRONT.
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

# guest_device NAME TYPE STATE [NODE VALUE]...: one that xl knows nothing of, with so much
# in its backend's directory, and the backend in STATE. Its frontend is $front.
guest_device() {
	local id type=$2 state=$3 back
	id=$(xl domid "$1")
	shift 3
	front=/local/domain/$id/device/$type/0
	back=/local/domain/0/backend/$type/$id/0
	backend_for "$id" "$front" "$back" "$@"
	xenstore-write "$front/backend" "$back" "$front/backend-id" 0
	xenstore-chmod -r "$front" "n$id" r0
	# A backend goes away if it finds no frontend; so its state comes last.
	xenstore-write "$front/state" 1
	xenstore-write "$back/state" "$state"
}

# guest_ask NAME REQUEST: as a toolstack does, and without waiting.
guest_ask() { xenstore-write "/local/domain/$(xl domid "$1")/control/shutdown" "$2"; }

# guest_acknowledges NAME: wait until it has taken up what it was asked.
guest_acknowledges() {
	local id
	id=$(xl domid "$1")
	within 30 is '' xenstore-read "/local/domain/$id/control/shutdown" ||
		die_fail "a request is not taken up"
}

# guest_reason NAME: why it did not suspend, as it told xenstore; nothing if it did.
guest_reason() { xenstore-read "/local/domain/$(xl domid "$1")/error/suspend" 2>/dev/null || true; }

# guest_suspends NAME: how many it is through with, also those that failed.
guest_suspends() { in_guest "$1" "awk 'NR == 1 { print \$2 }' /sys/kernel/debug/xen_suspend/last"; }

# guest_slow NAME NUMBER: why the suspend that follows the first NUMBER of them froze tasks;
# nothing if it did not. Programs may run, and xl be done, before the guest records it.
guest_slow() {
	within 20 differs "$2" guest_suspends "$1" || die_fail "$1 is not through with more than $2 suspends"
	in_guest "$1" "sed -n 's/^slow //p' /sys/kernel/debug/xen_suspend/last"
}

# guest_after_suspend NAME COMMAND: have the guest run COMMAND when its next suspend is over.
guest_after_suspend() {
	local last=/sys/kernel/debug/xen_suspend/last id
	id=$(guest_suspends "$1")
	in_guest "$1" "(while grep -q '^suspend $id ' $last; do sleep 0.1; done; $2) </dev/null >/dev/null 2>&1 &" >/dev/null
}

# guest_says_why NAME PATTERN: that is its reason, a little later, as programs may run
# before it says so.
guest_says_why() {
	within 5 has_reason "$@" || die_fail "error/suspend: $(guest_reason "$1" | grep . || echo nothing)"
}

# shellcheck disable=SC2053 # it is a pattern
has_reason() { [[ $(guest_reason "$1") == $2 ]]; }

# guest_refuses NAME MS PATTERN: asked to suspend for so long, it does not take that up,
# and says why.
guest_refuses() {
	local status=0
	suspend-guest -a "$2" "$(xl domid "$1")" >"$OUT/suspend.log" 2>&1 || status=$?
	[ "$status" = 1 ] || die_fail "asked to suspend for $2 ms: $(tail -n 1 "$OUT/suspend.log")"
	guest_says_why "$1" "$3"
}

megabytes() { xl list "$1" | awk 'NR == 2 { print $3 }'; }

# has_memory NAME MB: by Xen's account, within a megabyte, as what counts is not
# the same for all types of guests.
has_memory() {
	local now
	now=$(megabytes "$1")
	((now >= $2 - 1 && now <= $2 + 1))
}

# guest_balloon NAME MB [SECONDS]: set the target and wait until it is met.
guest_balloon() {
	xl_try 20 mem-set "$1" "$2" || die_error "xl mem-set: $(xl_complaint)"
	memory_settles "$@"
}

# guest_balloon_rests NAME: wait until the balloon has reached its target.
guest_balloon_rests() {
	local balloon=/sys/devices/system/xen_memory/xen_memory0
	within 60 guest_true "$1" "cmp $balloon/target_kb $balloon/info/current_kb" ||
		die_fail "the balloon still moves after 60 s"
}

# guest_carried NAME [MB]: wait for its balloon; then save, restore, checkpoint and migrate it. It must
# have MB of memory then, by default as much as before.
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

# guest_fill NAME swapped|left KB [CGROUP]: have a program take its memory, until so much is
# swapped out, or until no more is left. guest_filled NAME: the program finds what it wrote, and
# goes on.
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

# guest_swapped NAME: so many requests its swap disk has had.
guest_swapped() { in_guest "$1" "awk 'NR == FNR { swap = \$1; next } swap == \"/dev/\" \$3 { print \$4 + \$8 }' /proc/swaps /proc/diskstats"; }

# memory_settles NAME MB [SECONDS]: within a minute, or so long.
memory_settles() {
	within "${3:-60}" has_memory "$1" "$2" || die_fail "memory: $(megabytes "$1") MB, not $2, after ${3:-60} s"
	say "$2 MB"
}

# guest_off NAME: wait until it has shut down by itself with the reason
# poweroff (0, where a crash says 3), and clear it away.
guest_off() {
	local reason
	within 180 in_state "$1" sc || die_fail "$1 still runs, 180 s after it was told to end"
	reason=$(xl list -v "$1" | awk 'NR == 2 { print $8 }')
	[ "$reason" = 0 ] || die_fail "$1 ended with reason $reason, not 0 (poweroff)"
	guest_destroy "$1"
	console_clean "$1"
}

# --- Save and restore. An image is taken only when its format is sound.

guest_save()       { xl_must 90 save "$1" "$2"; image_sound "$2"; }
guest_checkpoint() { xl_must 90 save -c "$1" "$2"; image_sound "$2"; }
guest_restore()    { xl_must 60 restore "$1"; }
# To this very host, live: the old domain runs on while the new one is filled.
guest_migrate()    { xl_must 180 migrate -s '' "$1" 'xl migrate-receive'; }
guest_restore_paused() { xl_must 60 restore -p "$1"; }

# guest_restore_beside COPY IMAGE NAME DISK: NAME runs on. COPY has no network, and DISK in the place
# of its disk.
guest_restore_beside() {
	sed -e "s/^name=.*/name='$1'/" -e '/^vif=/d' -e "s|phy:[^,]*|phy:$4|" "$3.cfg" >"$1.cfg"
	xl_must 120 restore "$1.cfg" "$2"
}

# guest_restore_without NAME IMAGE DEVICE...: until it has looked for the backends of
# these, which are not to be found. It is $domain in xenstore.
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

# guest_save_restore NAME IMAGE: both, until it answers.
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

# guest_well NAME: everything that a guest owes after a save: programs unharmed
# and going on, the right time of day, and a console without complaints.
guest_well() {
	ask -w "$PATIENCE" "$(ip_of "$1")" advance >"$OUT/advance.log" 2>&1 ||
		die_fail "programs in $1: $(tail -n 1 "$OUT/advance.log"); console: $(last_words "$1")"
	clock_right "$1"
	walk_right "$1"
	console_clean "$1"
}

# walk_right NAME: its last suspend, if there was one, was as $WALK says. A case that passes
# by another walk than it is meant for would say nothing of that.
walk_right() {
	local last took=fast
	[ -n "$WALK" ] || return 0
	last=$(in_guest "$1" "cat /sys/kernel/debug/xen_suspend/last")
	[[ $last != "suspend 0 "* ]] || return 0
	[[ $last != *$'\tdown\ttasks\t'* ]] || took=slow
	[ "$took" = "$WALK" ] ||
		die_fail "$1 took the $took walk, not the $WALK one: $(sed -n 's/^slow //p' <<<"$last" | grep . || echo "no reason given")"
}

# clock_offset NAME: the least and the most, in ms, that CLOCK_REALTIME there may
# be ahead of dom0's, for all we know: asking takes time.
clock_offset() {
	local before after there
	before=${EPOCHREALTIME/./}
	there=$(ask -t 60 "$(ip_of "$1")" clock) || die_fail "$1 does not tell its clock"
	after=${EPOCHREALTIME/./}
	there=$((${there%% *} / 1000))
	echo $(((there - after) / 1000)) $(((there - before) / 1000))
}

# clock_right NAME: within 2 s of dom0's clock, counted from where it was when
# the guest came up: on a busy machine, ticks that are lost before the kernel
# has its clocksource put a guest seconds behind for good.
declare -A clock_start=()
clock_right() {
	local least most least0 most0
	read -r least most <<<"$(clock_offset "$1")"
	[ -n "${clock_start[$1]:-}" ] || clock_start[$1]="$least $most"
	read -r least0 most0 <<<"${clock_start[$1]}"
	((least <= most0 + 2000 && most >= least0 - 2000)) ||
		die_fail "$1's time of day moved by $(((least + most - least0 - most0) / 2)) ms against dom0's"
}

# console_clean NAME: no complaint of the kernel on its console. If the freezer fails, the kernel prints where
# each task is that it could not freeze.
console_clean() {
	local complaint
	complaint=$(consoles_of "$1" | xargs -r sed '/tasks refusing to freeze/,/Restarting tasks/{/Call Trace:/d}' |
		grep -m 1 -ahE 'WARNING:|BUG:|BUG |Oops|Call Trace|lockup|rcu: INFO|rcu.*detected stall|Kernel panic|blocked for more than|general protection|Unable to handle' |
		tr -d '\r') || true
	[ -z "$complaint" ] || die_fail "$1's console: ${complaint%%$'\n'*}"
}

# xen_clean: fail if Xen has logged an error, or the error of a handler of contexts.
xen_clean() {
	local complaint
	complaint=$(xl dmesg | grep -m 1 -E 'BUG|Assertion|Xen call trace|WARN|context handler') || true
	[ -z "$complaint" ] || die_fail "Xen: $complaint"
}

# guest_end NAME: turn it off, and read back what its disk program wrote.
guest_end() {
	xl_must 60 shutdown "$1"
	guest_off "$1"
	[ ! -e "$1.disk" ] || disk verify "$1.disk" >"$OUT/disk.log" 2>&1 ||
		die_fail "$1's disk: $(tail -n 1 "$OUT/disk.log")"
}
