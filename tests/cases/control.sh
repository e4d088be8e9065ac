#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# control.sh OPTION...: send a guest requests other than suspend.
#
# Tested: control/sysrq, and control/shutdown with reboot, poweroff, halt and an unknown request.
# Decides: SysRq 4 and SysRq 6 set the guest's console log level to 4 and 6. After reboot, the boot
# id is different. After poweroff and after halt, the domain has shut down with the reason
# poweroff. After the unknown request, the guest continues, and can still be saved.
# shellcheck source=tests/nest/lib.sh
. /nest/lib.sh

boot_id() { ask -t 2 "$(ip_of g)" exec "cat /proc/sys/kernel/random/boot_id" 2>/dev/null; }
rebooted() {
	local now
	now=$(boot_id) && [ "$now" != "$before" ]
}

log_level() { in_guest g "cut -f1 /proc/sys/kernel/printk"; }

# sysrq KEY: send SysRq KEY, and fail unless the guest's log level becomes KEY. The case calls sysrq
# twice, because the guest must still serve control/sysrq after the first key.
sysrq() {
	xl_try 20 sysrq g "$1" || die_error "xl sysrq: $(xl_complaint)"
	within 10 is "$1" log_level || die_fail "sysrq $1 did nothing: the log level is $(log_level)"
}

guest_config g "$@" work=mem,clock,timers
guest_start g
sysrq 4
sysrq 6
say "sysrq"

guest_ask g dance
sleep 2
guest_well g
guest_save_restore g image
guest_well g
say "unknown request ignored"

before=$(in_guest g "cat /proc/sys/kernel/random/boot_id")
xl_must 60 reboot g
within 60 rebooted || die_fail "reboot: it did not start anew"
# A boot may lose ticks and put the guest's clock behind. Forget the offset of the previous boot.
unset "clock_start[g]"
guest_well g
say "reboot"

guest_end g
say "poweroff"

guest_start g
guest_ask g halt
guest_off g
say "halt"
