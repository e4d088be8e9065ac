#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# reconfigured.sh OPTION...: restored with other numbers of vCPUs, another memory
# target and other event channels for xenstore and console than it was saved with.
#
# Tested: what the toolstack asks for in the new domain is done there (D33), while disks
# come back, from which a vCPU's going has to wait. The stock kernel looks at vCPUs
# only when they change while it runs. HVM guests have their vCPUs from ACPI, and their
# device model refuses another number.
# Decides: by the vCPUs that the guest has: fewer, then more; and, for PV guests,
# by its memory by Xen's account: more, twice (less than an image has cannot be). A vCPU
# that cannot go at once, as while something suspends, goes later.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

# Those that there are: to put a new one online is up to user space. ls would look at
# each, and fail where one goes meanwhile.
vcpus() { in_guest g "echo /sys/devices/system/cpu/*" | grep -o '/cpu[0-9]' | wc -l; }

# A vCPU that is new to this domain starts from nothing.
vcpus_start() {
	local online
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest g 'for f in /sys/devices/system/cpu/cpu[1-9]*/online; do (echo 1 >$f); done; true' >/dev/null
	online=$(in_guest g "grep -c ^processor /proc/cpuinfo")
	[ "$online" = "$1" ] || die_fail "after the restore with $1 vCPUs: $online online"
}

# ports: those that the toolstack chose for xenstore and console. It would choose
# the same for every domain, but for what is preloaded into it.
ports() {
	local dir
	dir=/local/domain/$(xl domid g)
	echo "$(xenstore-read "$dir/store/port") $(xenstore-read "$dir/console/port")"
}

# restored_with VCPUS MEMORY
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
# vCPUs that go take their queues of the disk with them, which come back later.
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
