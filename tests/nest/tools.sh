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
