#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# wireguard.sh OPTION...: a guest, which talks to dom0 through a WireGuard tunnel, is checkpointed
# and continues (original). From this image, more guests are restored, one after the other:
# clone-1 and clone-2; clone-3, whose clock is far ahead while its messages do not arrive;
# clone-4, from an image of clone-3, after dom0's clock was set back by an hour; and clone-5,
# which gets no answer.
#
# Tested: all of these have the same keys, the same next nonces, and the same random numbers for
# new keys. Two different messages that are encrypted with one key and one nonce reveal their
# contents. The defect D24 of the stock kernel: this is what guests send after a restore.
# Decides: the messages from original, clone-1 and clone-2 to dom0 never have one key and one
# nonce for two different messages, not even before WireGuard is notified of the restore; a kernel
# module delays this (listener.ko). A message that was encrypted before the save, and is sent
# twice unchanged, reveals nothing new. A guest that only continues does not ask for new keys. A
# restored guest has new keys, and they work. dom0 rejects no guest because of a message that has
# not arrived. A guest that gets no answer tries again when its network announces its place, and
# not only after five seconds; but it does not do this without a limit, however often the network
# announces it (mover.ko).
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh
# shellcheck source=tests/nest/tools.sh
. /nest/tools.sh
# shellcheck source=tests/nest/clock.sh
. /nest/clock.sh

# an_end WG ADDRESS OPTION...: print the commands that set up one end of the tunnel, with these
# options for the peer.
an_end() {
	echo "ip link add wg0 type wireguard && ip addr add $2/24 dev wg0 &&" \
		"$1 set wg0 listen-port 51820 private-key /tmp/key peer ${*:3} allowed-ips 10.9.0.0/24 &&" \
		"ip link set wg0 up"
}

# tunnel: set up one end in dom0, and one in the guest. The guest makes contact, because only the
# guest knows its peer's address.
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

# dom0_forgets: reset dom0's end, so that it does not wait for an answer, and does not make
# contact itself.
dom0_forgets() {
	ip link set wg0 down
	ip link set wg0 up
}

get_through() { guest_true g "ping -c 1 -W 1 10.9.0.1"; }
watch() { nonces "$(ip_of g)" "$OUT/$1.nonces"; }
unwatch() { killall nonces; }

# told: print how often the kernel has notified its listeners of a restore.
told() { in_guest g "cat /sys/module/listener/parameters/told"; }

requests() { awk '$1 == 1 { n++ } END { print n + 0 }' "$OUT/$1.nonces"; }

# lived: print for how many seconds the guest's tasks could run, without the time away.
lived() {
	local clocks
	clocks=$(ask -t 60 "$(ip_of g)" clock) || die_fail "g does not report its clocks"
	awk '{ print int($2 / 1000000000) }' <<<"$clocks"
}

# fresh: check that the keys of the image are younger than 170 s. No guest would use older keys,
# so the test would prove nothing.
fresh() {
	local age=$((($(uptime) - shaken) / 1000))
	((age < 170)) || die_error "the keys of the image are $age s old"
}

# original: checkpoint the guest, which continues. The nonces that it uses next are also the next
# nonces of the clones.
original() {
	local start=$SECONDS lived requests
	watch original
	tunnel
	in_guest g "ping -i 0.1 10.9.0.1 </dev/null >/dev/null 2>&1 &" >/dev/null
	within 60 get_through || die_error "nothing gets through the tunnel"
	shaken=$(uptime)
	# If an answer comes before WireGuard waits for it, WireGuard asks again after 5 seconds.
	sleep 7
	requests=$(requests original) lived=$(lived)
	guest_checkpoint g image
	guest_up g
	within 60 get_through || die_fail "after a checkpoint, nothing gets through the tunnel"
	sleep 1
	# WireGuard asks for new keys in any case after two minutes, or after 15 seconds without
	# an answer.
	[ "$(requests original)" = "$requests" ] || [ $((SECONDS - start)) -ge 110 ] ||
		[ $(($(lived) - lived)) -ge 14 ] || die_fail "the checkpoint made it ask for new keys"
	[ "$(told)" = 0 ] || die_fail "somebody is told of a restore after a checkpoint"
	guest_well g
	guest_destroy g
	unwatch
	say "went on, and asked for new keys $(requests original) times, of which $requests before"
}

# come_back NAME IMAGE: restore the guest, and wait until the tunnel works.
come_back() {
	guest_restore "$2"
	guest_up g
	within "$PATIENCE" get_through || die_fail "$1 does not get through the tunnel any more"
}

# clone NAME: restore the guest while dom0 sends to it all the time, because the kernel may answer
# before tasks run.
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

# later NAME: restore a guest after dom0's clock was set back. The guest must make contact by
# itself, because dom0 sends nothing of its own.
later() {
	come_back clone-3 image
	unheard clone-3
	guest_save g saved-later
	# Otherwise dom0 makes contact itself if the last message that it sent gets no answer for
	# 15 seconds.
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

# unheard NAME: set the guest's clock ahead by ten hours while its messages do not arrive. When
# its clock is right again, it must make contact. It must do this also when its interface is made
# again, as after a reboot.
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

# lonely NAME: restore a guest that gets no answer. WireGuard is not notified of the restore yet,
# because it would then ask for new keys as well.
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

# repeated SAME: print each message whose key and nonce an earlier message had: the same message
# (1), or another one (0).
repeated() {
	(cd "$OUT" && awk -v same="$1" '
		{ by = $1 " " $2 " " $3; life = substr(FILENAME, 1, index(FILENAME, ".") - 1) }
		by in sent && (sent[by] == $4) == same { print who[by], "and", life, "nonce", $3 }
		{ sent[by] = $4; who[by] = life }' original.nonces clone-1.nonces clone-2.nonces)
}

# new_keys NAME: print how many messages it sent with keys that original did not have.
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
