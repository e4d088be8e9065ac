# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts that need programs of Debian which neither the guest nor dom0 has: `.
# /nest/tools.sh`, after lib.sh.

# tools_unpack: unpack these programs in dom0. Only cases that need them do this, because dom0
# should leave its memory to guests.
tools_unpack() {
	[ ! -e tools ] || return 0
	gunzip -c "$JOB/tools.cpio.gz" | (cd / && cpio -idu 2>/dev/null) ||
		die_error "cannot unpack the programs of cases"
	mkdir -p tools/t
	httpd -p 7003 -h tools
}

# guest_tool NAME PATH...: copy dynamic programs of dom0 to /tmp/PROGRAM in the guest. The guest
# has no libraries. So /tmp/t gets their libraries and the loader, and /tmp/PROGRAM is a script
# that runs the program with these.
guest_tool() {
	local name=$1 loader=/lib64/ld-linux-x86-64.so.2 path tool
	shift
	tools_unpack
	for path in "$@"; do
		tool=${path##*/}
		# shellcheck disable=SC2046 # libraries have no blanks
		cp "$path" "$loader" $("$loader" --list "$path" | awk '$2 == "=>" { print $3 }') tools/t/
		printf '#!/bin/sh\nexec /tmp/t/%s --library-path /tmp/t /tmp/t/%s "$@"\n' \
			"${loader##*/}" "$tool" >"tools/$tool"
		chmod +x "tools/$tool"
	done
	tar -c -C tools t "${@##*/}" | gzip -1 >tools/tools.tgz
	in_guest "$name" "wget -q -O - http://$(peer_of "$name"):7003/tools.tgz | tar -xz -C /tmp" >/dev/null
}

# ext4_make DEVICE: make an ext4 file system that becomes read-only after an error.
ext4_make() { /usr/sbin/mke2fs -q -t ext4 -e remount-ro -F "$1" || die_error "cannot make an ext4"; }
# ext4_churns NAME: mount /dev/xvda on /tmp/ext4 in the guest, and start programs that make and
# unlink files there.
ext4_churns() {
	guest_program "$1" churn
	in_guest "$1" "mkdir /tmp/ext4 && mount -t ext4 /dev/xvda /tmp/ext4 && /tmp/churn /tmp/state /tmp/ext4 /tmp" >/dev/null
}
# ext4_files NAME: print how many files these programs have made.
ext4_files() {
	local state
	state=$(in_guest "$1" "cat /tmp/state")
	[[ $state != FAIL* ]] || die_fail "a program: ${state#FAIL }"
	echo "$state" | awk '{ print $2 }'
}
# ext4_error NAME: print the first ext4 error on the console of NAME.
ext4_error() { consoles_of "$1" | xargs -r grep -ahm 1 "EXT4-fs error" | head -n 1 | tr -d '\r' || true; }
# ext4_well NAME: check that there was no ext4 error so far, and that the programs make new files.
ext4_well() {
	local said now
	said=$(ext4_error "$1")
	[ -z "$said" ] || die_fail "$1: $said"
	now=$(ext4_files "$1")
	within "$PATIENCE" differs "$now" ext4_files "$1" || die_fail "the programs make no more files after $now"
	ext4_files "$1" >/dev/null
}
ext4_ends() { in_guest "$1" "killall churn; sleep 1; umount /tmp/ext4" >/dev/null; }
