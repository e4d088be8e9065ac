#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# wireguard.sh OPTION...: a guest, which talks to dom0 through a WireGuard tunnel, is
# checkpointed and goes on; when it is gone, what was saved is restored, twice. In another
# life its clock is far ahead for a while, in which nobody hears it; this life is saved,
# dom0's clock set back by an hour, and that restored; and one more has nobody at the
# other end.
#
# Tested: these are three machines with one memory, so they have the same keys, nonces
# that come next, and random numbers that new keys are made of. Two different messages
# that are encrypted by one key with one nonce give away what they hide. What was wrong
# before (D24): that is what the guest sends after a restore.
# Decides: what the guest sent in the first three lives, seen on its way to dom0. No nonce may
# be used with one key for two messages, also before WireGuard is told of the restore,
# which somebody in the kernel delays who is told before it (listener.ko). A message that
# is sent twice as it was, because it was encrypted before the save, tells nothing new.
# Who merely goes on asks for no new keys; who was restored has new ones, and gets through
# by them. A peer refuses nobody for what it has not heard. Who is not answered tries again
# when its network says where it is, and not only after five seconds; but not without end,
# however often the network does (mover.ko).
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

# an_end WG ADDRESS OPTION...: the commands that set one up, with the peer's options.
an_end() {
	echo "ip link add wg0 type wireguard && ip addr add $2/24 dev wg0 &&" \
		"$1 set wg0 listen-port 51820 private-key /tmp/key peer ${*:3} allowed-ips 10.9.0.0/24 &&" \
		"ip link set wg0 up"
}

# tunnel: one end in dom0, and one in the guest, which is who makes contact.
tunnel() {
	local public_there
	guest_tool g /usr/bin/wg
	public_here=$(umask 077; wg genkey >/tmp/key; wg pubkey </tmp/key)
	public_there=$(in_guest g "umask 077; /tmp/wg genkey >/tmp/key && /tmp/wg pubkey </tmp/key")
	eval "$(an_end wg 10.9.0.1 "$public_there")"
	guests_end
}
guests_end() {
	in_guest g "$(an_end /tmp/wg 10.9.0.2 "$public_here" endpoint "$(peer_of g):51820")" >/dev/null
}

# dom0_forgets: that it has sent something, so that it makes no contact itself.
dom0_forgets() {
	ip link set wg0 down
	ip link set wg0 up
}

get_through() { guest_true g "ping -c 1 -W 1 10.9.0.1"; }
watch() { nonces "$(ip_of g)" "$OUT/$1.nonces"; }
unwatch() { killall nonces; }

# told: how often the kernel called those who want to be told of restores.
told() { in_guest g "cat /sys/module/listener/parameters/told"; }

requests() { awk '$1 == 1 { n++ } END { print n + 0 }' "$OUT/$1.nonces"; }

# lived: for how many seconds the guest's tasks could run.
lived() {
	local clocks
	clocks=$(ask -t 60 "$(ip_of g)" clock) || die_fail "g does not tell its clocks"
	awk '{ print int($2 / 1000000000) }' <<<"$clocks"
}

# fresh: the image's keys are; later on, nobody would use them in any case.
fresh() {
	local age=$((($(uptime) - shaken) / 1000))
	((age < 170)) || die_error "the keys of the image are $age s old"
}

# original: it is saved, and what comes next are the same nonces that clones have next.
original() {
	local start=$SECONDS lived requests
	watch original
	tunnel
	in_guest g "ping -i 0.1 10.9.0.1 </dev/null >/dev/null 2>&1 &" >/dev/null
	within 60 get_through || die_error "nothing gets through the tunnel"
	shaken=$(uptime)
	# An answer that is there before WireGuard waits for it: it asks again, after 5 seconds.
	sleep 7
	requests=$(requests original) lived=$(lived)
	guest_checkpoint g image
	guest_up g
	within 60 get_through || die_fail "after a checkpoint, nothing gets through the tunnel"
	sleep 1
	# It wants new keys in any case after two minutes, or 15 seconds without an answer.
	[ "$(requests original)" = "$requests" ] || [ $((SECONDS - start)) -ge 110 ] ||
		[ $(($(lived) - lived)) -ge 14 ] || die_fail "the checkpoint made it ask for new keys"
	[ "$(told)" = 0 ] || die_fail "somebody is told of a restore after a checkpoint"
	guest_well g
	guest_destroy g
	unwatch
	say "went on, and asked for new keys $(requests original) times, of which $requests before"
}

# come_back NAME IMAGE: and get through the tunnel again.
come_back() {
	guest_restore "$2"
	guest_up g
	within "$PATIENCE" get_through || die_fail "$1 does not get through the tunnel any more"
}

# clone NAME: dom0 speaks to it all the time, as the kernel may answer before tasks run.
clone() {
	local pinger
	watch "$1"
	ping -i 0.1 10.9.0.2 >/dev/null 2>&1 &
	pinger=$!
	come_back "$1" image
	sleep 2
	told_of[$1]=$(told)
	guest_well g
	guest_destroy g
	kill $pinger
	unwatch
	say "$1 got through"
}

# later NAME: one that has to get through by itself, as dom0 sends nothing of its own, when
# its clock was set back since it last made contact.
later() {
	come_back clone-3 image
	unheard clone-3
	guest_save g saved-later
	# Or it makes contact when what it sent last is not answered for 15 seconds.
	dom0_forgets
	put_clock -3600
	watch "$1"
	come_back "$1, its clock set back," saved-later
	guest_well g
	guest_destroy g
	unwatch
	! grep -q '^2 ' "$OUT/$1.nonces" || die_error "dom0 made contact with $1"
	say "$1 got through"
}

# unheard NAME: while its clock is ahead by ten hours, nobody hears what it sends. When its
# clock is right, it makes contact; and again when it has forgotten all, as after a reboot.
unheard() {
	watch "$1"
	ip link set wg0 down
	in_guest g "date -s @$((EPOCHSECONDS + 36000)); ip link set wg0 down; ip link set wg0 up; ping -c 1 -W 1 10.9.0.1 || true" >/dev/null
	within 60 has_asked "$1" 1 || die_error "$1 does not ask for new keys"
	in_guest g "date -s @$EPOCHSECONDS" >/dev/null
	ip link set wg0 up
	within "$PATIENCE" get_through || die_fail "$1, its clock right again, does not get through"
	in_guest g "ip link del wg0" >/dev/null
	dom0_forgets
	guests_end
	within "$PATIENCE" get_through || die_fail "$1 is refused for what nobody has heard"
	unwatch
	! grep -q '^2 ' "$OUT/$1.nonces" || die_error "dom0 made contact with $1"
	say "$1 is heard again"
}

# lonely NAME: one that is not answered. Nobody tells WireGuard of the restore yet, which
# would be a reason to ask as well.
lonely() {
	local soonest soon
	ip link set wg0 down
	watch "$1"
	guest_restore image
	guest_up g
	guest_module g mover.ko device=eth0 every_ms=600
	within 60 has_asked "$1" 3 || die_fail "$1 does not ask for new keys"
	sleep 15
	soonest=$(awk '$1 == 1 { if (then) print $5 - then; then = $5 }' "$OUT/$1.nonces" | sort -n | head -n 1)
	soon=$(awk '$1 == 1 { if (!first) first = $5; n += $5 - first < 12000 } END { print n }' "$OUT/$1.nonces")
	guest_destroy g
	unwatch
	say "$1 asked for new keys again after $soonest ms, and in 12 s $soon times"
	((soonest < 4000)) || die_fail "$1 asks for new keys no sooner than after $soonest ms"
	((soon <= 6)) || die_fail "$1 asks for new keys $soon times in 12 s"
}
has_asked() { [ "$(requests "$1")" -ge "$2" ]; }

# repeated SAME: messages by a key and a nonce that one before was sent by: the very same
# message (1), or another (0).
repeated() {
	(cd "$OUT" && awk -v same="$1" '
		{ by = $1 " " $2 " " $3; life = substr(FILENAME, 1, index(FILENAME, ".") - 1) }
		by in sent && (sent[by] == $4) == same { print who[by], "and", life, "nonce", $3 }
		{ sent[by] = $4; who[by] = life }' original.nonces clone-1.nonces clone-2.nonces)
}

# new_keys NAME: how many messages it sent by keys that the original did not have.
new_keys() {
	awk 'NR == FNR { had[$2]; next } $1 == 4 && !($2 in had) { n++ } END { print n + 0 }' \
		"$OUT/original.nonces" "$OUT/$1.nonces"
}

declare -A told_of
guest_config g work=mem,timers "$@"
guest_start g
guest_module g listener.ko takes_ms=30000
original
for name in clone-1 clone-2; do
	clone $name
	fresh
done
say "$(repeated 1 | wc -l) messages were sent twice as they were"
blame=D24
mapfile -t reused < <(repeated 0)
[ ${#reused[@]} = 0 ] || die_fail "${#reused[@]} nonces are used for two messages: ${reused[0]} and so on"
blame=
for name in clone-1 clone-2; do
	n=$(new_keys $name)
	[ "$n" != 0 ] || die_fail "$name has no new keys"
	[ "${told_of[$name]}" = 1 ] || die_fail "in $name, listeners are told ${told_of[$name]} times"
	say "$name sent $n messages by new keys"
done
later clone-4
lonely clone-5
