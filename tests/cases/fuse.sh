#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fuse.sh OPTION...: save a guest while 20 programs read from a FUSE file system. The file system's
# server answers each request after 0, 200 or 40000 ms.
#
# Tested: the freezer cannot freeze a program that waits for a server that is already frozen. The
# fast walk freezes no program. In the slow walk, the guest retries until the toolstack gives up,
# and then refuses.
# Decides: in the fast walk, the guest is saved. In the slow walk, the guest is saved, or refuses in
# the phase "tasks" with the name of the task. With delays of 0 and 200 ms, the programs continue.
# After the server has ended, the next save succeeds.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

readers=20

reads() { in_guest g "cat /tmp/reads.*" | awk '{ n += $1 } END { print n }'; }

begin() {
	guest_fuse g 0
	in_guest g "for i in \$(seq $readers); do (n=0; while cat /tmp/f/file >/dev/null && ls -l /tmp/f/file >/dev/null; do \
		n=\$((n + 1)); echo \$n >/tmp/reads.\$i; done </dev/null >/dev/null 2>&1 &); done" >/dev/null
}
go_on() { within 30 differs "$(reads)" reads || die_fail "the programs that read do not go on: $(in_guest g "cat /tmp/fuse.log")"; }

# try_to_save DELAY: checkpoint the guest. In the slow walk, the guest may refuse, but must name the
# task that it could not freeze.
try_to_save() {
	local try="$i/$CYCLES, after $1 ms"
	if xl_try 120 save -c g image; then
		say "$try: saved"
	elif [ "$WALK" = fast ]; then
		die_fail "$try: xl save: $(xl_complaint)"
	elif guest_true g "test -e /sys/kernel/debug/xen_suspend"; then
		guest_says_why g 'phase="tasks" culprit="@(cat|ls)" *'
		say "$try: refused, $(guest_reason g)"
	else
		say "$try: refused"
	fi
	guest_up g
}

guest_start_loaded g "$@"
for ((i = 1; i <= CYCLES; i++)); do
	begin
	for delay in 0 200; do
		in_guest g "echo $delay >/tmp/delay" >/dev/null
		go_on
		try_to_save $delay
		guest_well g
		go_on
	done
	in_guest g "echo 40000 >/tmp/delay" >/dev/null
	sleep 2
	try_to_save 40000
	guest_fuse_ends g
	guest_save_restore g image
	guest_well g
done
guest_end g
