#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh: save, restore, checkpoint and migrate one guest, once each, and print each step for the
# user. tests/cases/table does not list demo.sh: tests/demo runs it. save.sh, checkpoint.sh and
# migrate.sh test the same operations more thoroughly.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

counts() { ask -t 20 "$(ip_of g)" status | awk '{ print $1, $3 }'; }
records() { in_guest g 'cat /sys/kernel/debug/xen_suspend/last' >"$OUT/last-$1"; }
microseconds() { echo "${EPOCHREALTIME//./}"; }

# timed WHAT COMMAND...: print WHAT, run COMMAND, and append its duration to the file done.
timed() {
	local what=$1 start
	shift
	say "$what"
	start=$(microseconds)
	"$@"
	echo "  $what: $((($(microseconds) - start) / 1000)) ms" >>"$OUT/done"
}

guest_config g vcpus=2 disk=64 work=mem,storm,disk,tcp,clock,timers
tcp-peer >"$OUT/tcp-peer.log" 2>&1 &
timed "start a PV guest: 2 vCPUs, 128 MB, a disk, a network interface" guest_start g
say "it runs: memory patterns, fork and mmap storm, disk writer, TCP counter, clock watcher, timers"
guest_well g
counts >before

timed "xl save, the guest's memory goes to a file, the domain ends" guest_save g image
timed "xl restore, a new domain goes on from the file" guest_restore image
guest_well g
records restore
timed "xl save -c, a checkpoint: the domain goes on" guest_checkpoint g image
guest_well g
records checkpoint
if xl info virt_caps | grep -qw shadow; then
	timed "xl migrate, live: a new domain takes over while the old one runs" guest_migrate g
	guest_up g
	guest_well g
	records migration
else
	say "no live migration: this Xen cannot track what a PV guest writes"
fi

counts >after
paste before after | while read -r program first _ last; do
	printf '  %-8s %10s -> %s\n' "$program" "$first" "$last"
done >"$OUT/survived"
guest_end g
say "its disk holds what it wrote"
