#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# reconfigured.sh OPTION...: restored with another number of vCPUs, another memory target, and
# other event channels for xenstore and the console than at the save.
#
# Tested: the guest does what the toolstack requests for the new domain (D33), while its disks are
# being connected. Before that, a vCPU that has requests to a disk cannot go offline. The stock
# kernel reads the availability of vCPUs only when it changes while the guest runs. (Not for HVM
# guests: they get their vCPUs from ACPI, and their device model refuses another number.)
# Decides: the guest has the new number of vCPUs: first fewer, then more. According to Xen, a PV
# guest has the new amount of memory: more than before, twice, because an image cannot be restored
# with less. If a vCPU cannot go offline at once, as during a suspend, it goes later.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# vcpus: print how many vCPUs exist. They need not be online, because user space must put a new
# one online. ls would stat each file, and fail if a vCPU is removed meanwhile.
vcpus() { in_guest g "echo /sys/devices/system/cpu/*" | grep -o '/cpu[0-9]' | wc -l; }

# vcpus_start NUMBER: put all vCPUs online. The kernel must initialize a vCPU that has not run in
# this domain.
vcpus_start() {
	local online
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest g 'for f in /sys/devices/system/cpu/cpu[1-9]*/online; do (echo 1 >$f); done; true' >/dev/null
	online=$(in_guest g "grep -c ^processor /proc/cpuinfo")
	[ "$online" = "$1" ] || die_fail "after the restore with $1 vCPUs: $online online"
}

# ports: print the ports that the toolstack has chosen for xenstore and the console. It would
# choose the same ports for each domain, if the library other-ports.so were not preloaded.
ports() {
	local dir
	dir=/local/domain/$(xl domid g)
	echo "$(xenstore-read "$dir/store/port") $(xenstore-read "$dir/console/port")"
}

# restored_with VCPUS MEMORY: save the guest, and restore it with these vCPUs and this memory
# target.
restored_with() {
	local before
	before=$(ports)
	guest_save g image
	sed -e "s/^vcpus=.*/vcpus=$1/" -e "s/^memory=.*/memory=$2/" g.cfg >new.cfg
	UNUSED_PORTS=$1 LD_PRELOAD=$JOB/other-ports.so xl_must 60 restore new.cfg image
	[ "$(ports)" != "$before" ] || die_error "the ports are the same: $before"
	guest_up g
	memory_settles g "$2"
	blame=D33
	within 30 is "$1" vcpus || die_fail "after the restore with $1 vCPUs: $(vcpus)"
	vcpus_start "$1"
	blame=
	guest_well g
	say "restored with $1 vCPUs"
}

guest_config g "$@" disk=64 vcpus=4 line='maxvcpus=4' memory=160 work=mem,disk,clock,timers
guest_start g
most=160
if grep -q "^type='pv'" g.cfg; then
	guest_balloon g 128
	most=144
fi
# Read the disk on each vCPU. The disk's queue for a vCPU is stopped when the vCPU goes offline,
# and is started when it comes back.
for cpu in 1 2 3; do
	in_guest g "taskset $((1 << cpu)) sh -c 'while :; do dd if=/dev/xvda of=/dev/null bs=4k count=512 iflag=direct 2>/dev/null; done' </dev/null >/dev/null 2>&1 &" >/dev/null
done
restored_with 1 $most
restored_with 3 160
guest_module g unplug.ko keep=1
xl_must 20 vcpu-set g 2
sleep 3
[ "$(vcpus)" = 3 ] || die_error "a vCPU went that was to stay"
in_guest g "rmmod unplug" >/dev/null
within 20 is 2 vcpus || die_fail "a vCPU that could not go at once stays"
guest_end g
