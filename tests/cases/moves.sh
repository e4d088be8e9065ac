#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# moves.sh what=WHAT[+WHAT]... OPTION...: a guest under every program and another host,
# CYCLES times:
#
# live     it is migrated there, and back.
# refused  that host does not take it: it has too little memory, which it notices in the
#          middle; it has not got the disk; it has a guest of that name, which it notices
#          when the guest has been suspended, all of it is there, and the old domain was
#          told to go.
# killed   that host loses its mains, while the guest runs and is on its way; and when
#          it is suspended.
# cut      the wire between them is cut, at the same points.
#
# Tested: as migrate.sh does, and what is another one on another host: Xen, which booted
# at another time, with a TSC of another frequency, its clock, the other backends; the
# disk, which is the same; the way to a peer that stays where it is. If it does not get
# there, the guest goes on where it is.
# Decides: as save.sh does. And xl says that it was this; the guest is on one host only; of
# one that was refused, nothing is left on the other, nor is any memory for it.
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

# --- What is taken from b, and given back.

free_on_b() { on b "xl info free_memory"; }

# parked NAME MB: a domain on b that never runs.
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

# What it is to say, or it is refused for something else.
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

# --- What breaks half-way.

# In place of ssh: some of the stream, and when that was all for now, the rest. To look for
# the suspend all the time would leave the guest no CPU; first there are 128 MB of memory.
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

# move_halfway BREAKS MENDS: commands, of which the one is for when the stream is there.
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
