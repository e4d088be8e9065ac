#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xdp-long.sh OPTION...: dom0 sends short, long and very long packets to the guest's network
# interface, while it has an XDP program and after the program was removed.
#
# Tested: netback leaves a headroom for XDP in front of the data, and counts it in the length of the
# data. It keeps the headroom when the program was removed. The defect D64 of the stock kernel: frames
# had 256 bytes too many, and were dropped if there was no room for these.
# Decides: all packets arrive, and the interface counts as many bytes as they have.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

statistic() { in_guest g "cat /sys/class/net/eth0/statistics/$1"; }
# refused: print how many UDP packets came for ports that nobody has.
refused() { in_guest g "cat /proc/net/snmp" | awk '/^Udp: [0-9]/ { print $3 }'; }
# long_frames: let both ends of the interface have frames of 3800 bytes.
long_frames() { ip link set "vif$(xl domid g).0" mtu 3800; }

# arrive WHEN NUMBER SIZE: send packets with SIZE bytes of data.
arrive() {
	local text bytes count before_bytes before_count
	printf -v text '%*s' "$3" ''
	before_bytes=$(statistic rx_bytes) before_count=$(refused)
	for ((n = 0; n < $2; n++)); do
		echo -n "$text" >"/dev/udp/$(ip_of g)/9"
	done
	sleep 1
	bytes=$(($(statistic rx_bytes) - before_bytes)) count=$(($(refused) - before_count))
	say "$1: $count of $2 packets of $3 bytes arrived, and $bytes bytes in all"
	blame=D64
	[ "$count" = "$2" ] || die_fail "$1: $count of $2 packets of $3 bytes arrived"
	# Other packets, as those that carry the commands of this script, have a few thousand bytes.
	((bytes < $2 * ($3 + 28) + 10000)) || die_fail "$1: $2 packets of $3 bytes had $bytes bytes in all"
	blame=
}

# all_sizes WHEN: the size of the long ones is between those that fit into a page with one and with
# two headrooms.
all_sizes() {
	arrive "$1" 100 1000
	arrive "$1" 50 3700
	guest_up g
}

guest_config g "$@"
guest_start g
guest_program g filter
in_guest g "ip link set eth0 mtu 3800" >/dev/null
long_frames
all_sizes "without a program"
in_guest g "/tmp/filter eth0" >/dev/null
all_sizes "with an XDP program"
for ((i = 1; i <= CYCLES; i++)); do
	guest_save_restore g image
	long_frames
	all_sizes "after a restore"
	guest_checkpoint g image
	all_sizes "after a checkpoint"
done

in_guest g "killall -9 filter; sleep 1" >/dev/null
all_sizes "when the program was removed"
errors=$(statistic rx_errors)
guest_program g guest-kernel
[ "$(statistic rx_errors)" = "$errors" ] || die_fail "packets of TCP were dropped"
guest_save_restore g image
long_frames
all_sizes "after a restore without a program"
guest_end g
