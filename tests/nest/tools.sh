# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts that want programs of Debian's, in the guest or in dom0, which are in
# neither: `. /nest/tools.sh`, after lib.sh.

# Into dom0, which keeps its memory for guests where no case wants them.
tools_unpack() {
	[ ! -e tools ] || return 0
	gunzip -c "$JOB/tools.cpio.gz" | (cd / && cpio -idu 2>/dev/null) ||
		die_error "cannot unpack the programs of cases"
	mkdir -p tools/t
	httpd -p 7003 -h tools
}

# guest_tool NAME PATH...: dom0's dynamic program, as /tmp/PROGRAM there. The guest has
# no libraries, so that each comes with its own, and a script that has them found.
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

# ext4_make DEVICE: an ext4 that is mounted read-only after an error.
ext4_make() { /usr/sbin/mke2fs -q -t ext4 -e remount-ro -F "$1" || die_error "cannot make an ext4"; }
# ext4_churns NAME: from now on, programs in NAME make and unlink files on /dev/xvda, which is
# mounted on /tmp/ext4.
ext4_churns() {
	guest_program "$1" churn
	in_guest "$1" "mkdir /tmp/ext4 && mount -t ext4 /dev/xvda /tmp/ext4 && /tmp/churn /tmp/state /tmp/ext4 /tmp" >/dev/null
}
# ext4_files NAME: how many files these programs have made.
ext4_files() {
	local state
	state=$(in_guest "$1" "cat /tmp/state")
	[[ $state != FAIL* ]] || die_fail "a program: ${state#FAIL }"
	echo "$state" | awk '{ print $2 }'
}
# ext4_error NAME: print the first ext4 error on the console of NAME.
ext4_error() { consoles_of "$1" | xargs -r grep -ahm 1 "EXT4-fs error" | head -n 1 | tr -d '\r' || true; }
# ext4_well NAME: no ext4 error so far, and new files are made.
ext4_well() {
	local said now
	said=$(ext4_error "$1")
	[ -z "$said" ] || die_fail "$1: $said"
	now=$(ext4_files "$1")
	within "$PATIENCE" differs "$now" ext4_files "$1" || die_fail "no files are made any more, after $now"
	ext4_files "$1" >/dev/null
}
ext4_ends() { in_guest "$1" "killall churn; sleep 1; umount /tmp/ext4" >/dev/null; }
