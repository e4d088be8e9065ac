# shellcheck shell=bash disable=SC2154 # ports and pins are the caller's
# SPDX-License-Identifier: GPL-2.0
# Functions that make domain contexts, as streams of records. Tests source this file. num and fill
# make the payload of a record, in the syntax of printf's %b. record then writes the payload with
# its descriptor to standard output.

payload=

# num BYTES VALUE...: add the values to the payload, each as BYTES bytes, little endian.
num() {
	local bytes=$1 value i
	shift
	for value; do
		for ((i = 0; i < bytes; i++)); do
			printf -v payload '%s\\x%02x' "$payload" $((value >> 8 * i & 255))
		done
	done
}

# fill VALUE COUNT: add COUNT bytes of this VALUE to the payload.
fill() {
	local blanks byte
	printf -v blanks '%*s' "$2" ''
	printf -v byte '\\x%02x' "$1"
	payload+=${blanks// /$byte}
}

# descriptor TYPE VCPU FLAGS LENGTH: write the descriptor of a record
descriptor() {
	local payload=
	num 2 "$1" "$2"
	num 4 "$3"
	num 8 "$4"
	printf '%b' "$payload"
}

# record TYPE [VCPU [FLAGS]]: write a record with the payload that was made.
record() {
	descriptor "$1" "${2:-0}" "${3:-0}" $((${#payload} / 4))
	printf '%b' "$payload"
	payload=
}

header() {
	num 4 0x53415645 1
	record 1
}

end() { record 0; }

# Each of these functions writes a record. Its fields are the values of the variables that it
# names.
tsc_info() {
	num 4 "${mode:-0}" "${khz:-2000000}"
	num 8 "${nsec:-5000}"
	num 4 "${incarnation:-1}" "${reserved:-0}"
	record 3
}

# areas VCPU: the bits of flags are online, vcpu_info, control, runstate, time. An area without
# its flag is 0, unless its bit is set in stray.
areas() {
	local placed=$((${flags:-15} | ${stray:-0}))
	num 4 "${flags:-15}"
	num 2 $((placed & 2 ? ${offset:-0x40} : 0)) $((placed & 4 ? ${control_offset:-0} : 0))
	num 8 $((placed & 2 ? ${gfn:-0x1f4} : 0)) $((placed & 4 ? ${control:-0x200} : 0)) \
		$((placed & 8 ? ${runstate:-0xffff88800f01a2c0} : 0)) $((placed & 16 ? ${time:-0} : 0))
	record 4 "$1"
}

# timers VCPU: write the timers of a vCPU
timers() {
	num 8 "${now:-7000}" "${singleshot:-8000}" "${period:-0}" "${last:-0}"
	record 5 "$1"
}

# shared_info: write the page of an x86 guest with 64-bit words.
shared_info() {
	num 1 "${width:-8}" "${type:-1}"
	num 2 "${arch:-1}"
	num 4 "${reserved:-0}"
	num 1 "${upcall:-0}"
	fill 0 2047
	fill "${pending:-0}" 512
	fill "${mask:-255}" 512
	num 4 "${wc_version:-2}" "${wc_sec:-1000}" 0 0
	num 8 "${max_pfn:-0x10000}" "${frame:-0x321}" "${nmi:-0}" "${cr3:-0x5000}" \
		"${vaddr:-0xffffc90000000000}" "${generation:-0}" "${rest:-0}"
	fill 0 952
	record 2
}

# evtchn: write the ports. Each line of $ports is PORT STATE VCPU PRIORITY FLAGS REMOTE BINDING.
evtchn() {
	local nr=0 port state vcpu priority flags remote binding entries
	while read -r port state vcpu priority flags remote binding; do
		num 4 "$port"
		num 1 "$state" "$priority"
		num 2 "$flags" "$vcpu" "$remote"
		num 4 "$binding"
		nr=$((nr + 1))
	done <<<"$ports"
	entries=$payload payload=
	num 4 "${abi:-2}" "$nr" "${valid:-128}" "${reserved:-0}"
	payload+=$entries
	record 6
}

# gnttab: write the grant table. Each line of $pins is REF DOMID READERS WRITERS.
gnttab() {
	local nr=0 ref domid readers writers entries
	while read -r ref domid readers writers; do
		num 4 "$ref"
		num 2 "$domid" 0 "$readers" "$writers" 0 0
		nr=$((nr + 1))
	done <<<"$pins"
	entries=$payload payload=
	num 4 "${version:-1}" "${frames:-4}" "${most:-64}" "${status:-0}" "$nr" "${reserved:-0}"
	payload+=$entries
	record 7
}

domain_state() {
	num 8 "${now:-7000}" "${watchdog0:-0}" "${watchdog1:-0}" "${offset:-0}" "${assist:-0x20}"
	num 4 "${shutdown:-0xffffffff}" "${suspend_port:-0}"
	record 8
}

# vcpu_state VCPU: write the state of a vCPU
vcpu_state() {
	num 8 "${now:-7000}"
	num 4 "${flags:-1}" "${poll_port:-0}"
	num 8 "${poll_timeout:-0}"
	num 4 "${runstate:-2}" "${reserved:-0}"
	num 8 "${entry:-6000}" "${running:-100}" "${runnable:-200}" "${blocked:-300}" "${offline:-400}"
	record 9 "$1"
}

# vcpu_traps VCPU: write the pending traps of a vCPU
vcpu_traps() {
	num 4 "${flags:-0}" "${error_code:-0}"
	num 8 "${eip:-0}"
	num 2 "${cs:-0}" "${reserved:-0}" 0 0
	record 10 "$1"
}

# fifo_array GFN...: write the frames of the FIFO event array
fifo_array() {
	num 4 "${pages:-$#}" "${reserved:-0}"
	[ $# = 0 ] || num 8 "$@"
	record 11
}
