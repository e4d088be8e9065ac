#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# racing.sh OPTION...: the guest is saved while
# - a program puts it to sleep, or hibernates it, only as far as freezing tasks and thawing them
#   some seconds later (pm_test), because a PV guest does not survive more;
# - another program takes a vCPU offline and online again, and so does the toolstack;
# - a vCPU takes long to go offline, because of a kernel thread that does not freeze.
# It also hibernates while the toolstack changes the availability of a vCPU all the time.
#
# Tested: each of these waits for the other one, or is refused. The defect D6 of the stock kernel:
# the save froze and thawed tasks in the middle of the other action.
# Decides: all saves and hibernations succeed, and the programs continue. Each of the first saves
# is requested when the other action has just frozen tasks. If a vCPU goes offline, the guest does
# not wait with frozen tasks, but refuses as busy (EBUSY). If the toolstack takes a vCPU away, a
# program can put the guest to sleep, which waits for the vCPU.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

guest_start_loaded g "$@" work=mem,storm,disk,tcp,clock
# With pm_test, hibernation waits in a loop of the kernel. The wait takes longer if other vCPUs
# have the pCPU.
guest_bears_loops g
in_guest g "echo freezer >/sys/power/pm_test; echo 4 >/sys/module/suspend/parameters/pm_test_delay" >/dev/null
# After a refusal, the guest tries to suspend again each second. Three seconds allow two attempts.
in_guest g "(until [ -e /tmp/enough ]; do for state in freeze disk; do echo \$state >/sys/power/state; sleep 3; done; done; touch /tmp/over) </dev/null >/dev/null 2>&1 &" >/dev/null
in_guest g "(until [ -e /tmp/enough ]; do for n in 0 1; do echo \$n >/sys/devices/system/cpu/cpu1/online; sleep 0.3; done; done) </dev/null >/dev/null 2>&1 &" >/dev/null
until [ -e enough ]; do
	for n in 1 2; do
		timeout 10 xl vcpu-set -i g $n >/dev/null 2>&1 || true
		sleep 0.7
	done
done &
racer=$!
trap 'kill $racer' EXIT
# freezes: print how often tasks were frozen. Sleep and hibernation print this line when they
# begin to wait.
freezes() { grep -ac 'debug: Waiting for' "$(console_of g)" || true; }
frozen() {
	within 60 differs "$(freezes)" freezes || die_error "nobody freezes tasks"
}

blame=D6
for ((i = 1; i <= CYCLES; i++)); do
	frozen
	guest_checkpoint g image
	guest_well g
	frozen
	guest_save_restore g image
	guest_well g
	say "$i/$CYCLES well"
done
blame=
touch enough
wait $racer
trap - EXIT
# Otherwise the request to power off could come while tasks are frozen, and no program could serve
# it.
in_guest g "touch /tmp/enough" >/dev/null
within 60 guest_true g "test -e /tmp/over" || die_error "somebody still freezes tasks"

availability=/local/domain/$(xl domid g)/cpu/1/availability
until [ -e decided ]; do
	for state in offline online; do
		xenstore-write "$availability" $state
		# Without this pause, dom0 would use all CPU time of a pCPU that it shares with
		# the guest.
		sleep 0.05
	done
done &
racer=$!
trap 'kill $racer' EXIT
in_guest g "(cd /sys/power; echo disk >state && echo disk >state && echo disk >state && touch /tmp/hibernated; touch /tmp/tried) </dev/null >/dev/null 2>&1 &" >/dev/null
within 180 guest_true g "test -e /tmp/tried" || die_error "it still hibernates"
! grep -qa "pages short" "$(console_of g)" || die_error "there is too little memory to hibernate"
blame=D6
guest_true g "test -e /tmp/hibernated" || die_fail "it does not hibernate: $(last_words g)"
blame=
touch decided
wait $racer
trap - EXIT
xl_try 60 vcpu-set -i g 2 || die_error "xl vcpu-set: $(xl_complaint)"
in_guest g "(echo 1 >/sys/devices/system/cpu/cpu1/online) 2>/dev/null; true" >/dev/null
within 20 guest_true g "grep -qx 1 /sys/devices/system/cpu/cpu1/online" || die_error "vCPU 1 stays offline"
guest_module g unplug.ko
within 20 guest_true g "grep -qx Y /sys/module/unplug/parameters/going" || die_error "vCPU 1 does not go"
blame=D6
# The fast walk does not wait for a vCPU that goes offline. The guest tries the slow walk next,
# which reports the reason.
meant=$WALK WALK=${WALK:+slow}
guest_refuses g 4000 'phase="tasks" error=-EBUSY time=*'
guest_true g "grep -qx Y /sys/module/unplug/parameters/going" || die_error "vCPU 1 went before anybody was told"
guest_well g
WALK=$meant
within 30 guest_true g "grep -qx 1 /sys/devices/system/cpu/cpu1/online" || die_fail "vCPU 1 does not come back"
blame=
guest_save_restore g image
guest_well g
# HVM guests get their vCPUs from ACPI, and the device model removes none.
if ! grep -q "^type='hvm'" g.cfg; then
	in_guest g "rmmod unplug" >/dev/null
	guest_module g unplug.ko wait=1
	xl_try 60 vcpu-set g 1 || die_error "xl vcpu-set: $(xl_complaint)"
	within 20 guest_true g "grep -qx Y /sys/module/unplug/parameters/going" || die_error "vCPU 1 does not go"
	in_guest g "(echo freeze >/sys/power/state; echo \$? >/tmp/slept) </dev/null >/dev/null 2>&1 &" >/dev/null
	within 60 guest_true g "test -s /tmp/slept" || die_error "it still sleeps"
	guest_true g "grep -qx 0 /tmp/slept" || die_fail "it is not put to sleep while a vCPU goes: $(last_words g)"
	guest_save_restore g image
	guest_well g
fi
guest_end g
