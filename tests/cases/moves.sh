#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# moves.sh what=WHAT[+WHAT]... OPTION...: do this with a guest under all programs, and a second
# host, CYCLES times:
#
# live     migrate the guest to the second host, and back.
# refused  try to migrate it, but the second host refuses, for three reasons: it has too
#          little memory, which xl detects in the middle; it lacks the disk; it has a guest of
#          that name, which xl detects last: the guest is suspended, all of it has been
#          copied, and xl has permitted the new domain to run.
# killed   the second host loses power, while the guest runs and is being copied, and again
#          when the guest is suspended.
# cut      the wire between the hosts is cut, at the same two points.
#
# Tested: as migrate.sh, and all that differs on another host: a Xen that booted at another time,
# a TSC of another frequency, another clock, and other backends. The disk is the same. The peer of
# the TCP connection stays on the first host. If a migration fails, the guest continues on the
# first host.
# Decides: as save.sh does. If a migration must fail, xl prints the expected reason. The guest is
# on one host only. After a refusal, the second host has no domain of the guest, and as much free
# memory as before.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/pair.sh
. /nest/pair.sh

options=()
for option in "$@"; do
	case $option in
	what=*) IFS=+ read -r -a whats <<<"${option#what=}" ;;
	*) options+=("$option") ;;
	esac
done

move_live() {
	local host
	for host in b a; do
		guest_moves g "$host"
		say "$i/$CYCLES on $host"
		guest_well g
		say "$i/$CYCLES well"
	done
}

# --- Resources that are taken from host b, and given back.

free_on_b() { on b "xl info free_memory"; }

# parked NAME MB: create a domain on b that never runs.
parked() {
	on b "cat >$1.cfg && xl create -p $1.cfg" >/dev/null <<-END || die_error "b cannot create $1"
		name='$1'
		type='pv'
		memory=$2
		kernel='$GUEST_KERNEL'
	END
}

take_memory() { parked ballast "$(($(free_on_b) - 100))"; }
give_memory() { on b "xl destroy ballast"; }
take_disk() { on b "mv /dev/vda /dev/away"; }
give_disk() { on b "mv /dev/away /dev/vda"; }
take_name() { parked g 64; }
give_name() { on b "xl destroy g"; }

# The message that xl must print for each reason. Otherwise it was refused for another reason.
declare -A reasons=(
	[memory]='xc: error: Failed to populate physmap'
	[disk]='libxl: error: .*failed to stat: /dev/vda'
	[name]='libxl: error: .*Domain with name "g" already exists'
)

move_refused() {
	local free reason
	free=$(free_on_b)
	for reason in memory disk name; do
		"take_$reason"
		guest_stays g "${reasons[$reason]}"
		"give_$reason"
		guest_only_on a g
		within 60 is "$free" free_on_b || die_fail "host b had $free MB, and has $(free_on_b)"
		say "$i/$CYCLES refused: $reason"
	done
}

# --- Failures in the middle of a migration.

# halfway is used instead of ssh. It sends a part of the stream, creates halfway.there, and sends
# the rest when this file is gone. At the point "suspended", it first sends 120 of the 128 MB of
# memory, because it would leave the guest no CPU if it polled for the suspend all the time.
cat >halfway <<END
#!/bin/bash
running() { xl list g | awk 'NR == 2 && \$5 ~ /s/ { exit 1 }'; }
some() { dd bs=512k count="\$1" iflag=fullblock 2>/dev/null; }
exec $ssh "\$@" < <(
	case \$(cat halfway.at) in
	copied) some 80 ;;
	suspended)
		some 240
		while running; do some 1; done
		;;
	esac
	touch halfway.there
	while [ -e halfway.there ]; do sleep 0.1; done
	exec cat
)
END
chmod +x halfway

# move_halfway BREAKS MENDS: start a migration for each point. At this point run the command
# BREAKS. The migration must fail. Then run the command MENDS.
move_halfway() {
	local point
	for point in copied suspended; do
		rm -f halfway.there
		echo "$point" >halfway.at
		(within 600 test -e halfway.there || die_error "the stream does not get to '$point'"
		eval "$1"
		rm halfway.there) &
		guest_stays g '^dbclient: Connection to .* exited' ./halfway
		wait $!
		say "$i/$CYCLES $1, $point: well"
		eval "$2"
		guest_only_on a g
	done
}
move_killed() { move_halfway "mains off" "mains on"; }
move_cut() { move_halfway "ip link set eth0 down" "ip link set eth0 up"; }

guest_start_loaded g "${options[@]}"
guest_well g
for ((i = 1; i <= CYCLES; i++)); do
	for what in "${whats[@]}"; do
		"move_$what"
	done
done
guest_end g
