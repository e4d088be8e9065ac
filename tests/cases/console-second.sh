#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# console-second.sh OPTION...: a guest has a second console (a channel of xl.cfg, whose backend is
# QEMU), which a program has open. The guest is checkpointed, restored and migrated. It is also
# checkpointed and restored while a program writes as much as the console takes.
#
# Tested: the console works in the new domain, and output delays no suspend. The defect D60: a
# restore hung up the terminal, and the program had to open it again.
# Decides: the program answers each line that dom0 writes to the console, and never has to open it
# again.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# The device model has a new terminal for the console in each domain.
pty() { xenstore-read "/local/domain/$(xl domid g)/device/console/1/tty" 2>/dev/null; }
has_pty() { [ -c "$(pty)" ]; }
opened() { in_guest g "cat /tmp/opened | wc -l"; }

answering() {
	in_guest g "stty -F /dev/hvc1 raw -echo; (while :; do echo x >>/tmp/opened; \
		while read -r l; do echo got \$l; done </dev/hvc1 >/dev/hvc1 2>/dev/null; sleep 1; done </dev/null >/dev/null 2>&1 &) ; true" >/dev/null
}

# looks: write to console.log what the second console does.
looks() {
	{ xenstore-ls -f | grep "/console/"
		in_guest g "cat /tmp/opened; grep hvc /proc/interrupts; ps -o pid,stat,args | grep -v '\[' | tail -n 30; \
			for p in \$(pidof xenwatch khvcd); do cat /proc/\$p/stack; done"; } >"$OUT/console.log" 2>&1 || true
}

# answers WHEN
answers() {
	local line='' name="line-$RANDOM" path
	within 20 has_pty || die_error "$1: the second console has no terminal in dom0"
	path=$(pty)
	stty -F "$path" raw -echo
	exec 5<>"$path"
	echo "$name" >&5
	until [[ $line == *"got $name"* ]]; do
		read -r -t 20 line <&5 || { looks; die_fail "$1: the second console does not answer"; }
	done
	exec 5<&-
	blame=D60
	is 1 opened || die_fail "$1: the program has opened the console $(opened) times"
	blame=
	say "$1: it answers"
}

device_model
# xl numbers channels from 0, the number of the first console, so libxl rejects the first one.
guest_start_loaded g "$@" line="channel=['name=unused,connection=pty','name=second,connection=pty']"
guest_true g "[ -c /dev/hvc1 ]" || die_error "the guest has no second console"
answering
answers "at first"
for ((i = 1; i <= CYCLES; i++)); do
	guest_checkpoint g image
	answers "after a checkpoint"
	guest_save_restore g image
	answers "after a restore"
	guest_migrate g
	guest_up g
	answers "after a migration"
	guest_well g

	in_guest g "(yes full >/dev/hvc1 2>/dev/null &) ; sleep 3" >/dev/null
	guest_checkpoint g image
	guest_save_restore g image
	guest_well g
	in_guest g "killall yes" >/dev/null
	answers "after a save with much output"
	say "$i/$CYCLES well"
done
guest_end g
