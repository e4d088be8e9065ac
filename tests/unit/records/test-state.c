// SPDX-License-Identifier: GPL-2.0
/* Tests of DOMAIN_STATE and VCPU_STATE, which cannot be loaded. */
#include "test.h"

static struct domain domain;
static struct vcpu vcpu = { .domain = &domain, .vcpu_id = 3 };

#define DOMAIN(member) FIELD(&record, 0, domain_save_domain_state, member)
#define VCPU(member) FIELD(&record, 0, domain_save_vcpu_state, member)

static void domain_state(void) { save(&record, DOMAIN_SAVE_CODE_DOMAIN_STATE, &domain, NULL); }
static void vcpu_state(void) { save(&record, DOMAIN_SAVE_CODE_VCPU_STATE, &domain, &vcpu); }

static void test_domain(void)
{
	domain_state();
	ok(record.length, 48, "DOMAIN_STATE: the length");
	ok(DOMAIN(now), NOW(), "the present time");
	ok(number(&record, 8, 8), 0, "the first watchdog is off");
	ok(number(&record, 16, 8), 0, "the second watchdog is off");
	ok(DOMAIN(time_offset), 0, "the time offset is 0");
	ok(DOMAIN(vm_assist), 0, "no vm_assist is on");
	ok(DOMAIN(shutdown), 0xffffffff, "the domain has not shut down");
	ok(DOMAIN(suspend_port), 0, "no port is notified of a suspend");

	domain.watchdog_inuse_map = 2;
	domain.watchdog_timer[0] = (struct timer){ .armed = true, .expires = 7000 };
	domain.watchdog_timer[1] = (struct timer){ .armed = true, .expires = 9000 };
	domain.time_offset.seconds = -3600;
	domain.vm_assist = 0x21;
	domain.suspend_evtchn = 44;
	domain_state();
	ok(number(&record, 8, 8), 0, "a watchdog that is not in use is off");
	ok(number(&record, 16, 8), 9000, "the time of a watchdog that is in use");
	ok((int64_t)DOMAIN(time_offset) == -3600, true, "a negative time offset");
	ok(DOMAIN(vm_assist), 0x21, "the vm_assists that are on");
	ok(DOMAIN(suspend_port), 44, "the port that is notified of a suspend");
	domain.watchdog_inuse_map = 1;
	domain_state();
	ok(number(&record, 8, 8), 7000, "the time of the first watchdog");
	ok(number(&record, 16, 8), 0, "the second watchdog is off now");
	domain.watchdog_timer[0].armed = false;
	domain_state();
	ok(number(&record, 8, 8), 0, "a watchdog that has expired is off");
}

/* The emulation gives these fields right values only while their locks are held. */
static void test_locks(void)
{
	domain.watchdog_timer[0].armed = true;
	domain.watchdog_inuse_map = 2;	/* while the lock is held, it is 1 */
	domain.watchdog_lock.show = emul_show_watchdogs;
	domain.is_shutting_down = false;
	domain.shutdown_code = 2;
	domain.shutdown_lock.show = emul_show_shutdown;
	domain_state();
	ok(number(&record, 8, 8), 7000, "a watchdog is read while its lock is held");
	ok(number(&record, 16, 8), 0, "the watchdogs in use are read while the lock is held");
	ok(DOMAIN(shutdown), 2, "the shutdown code is read while its lock is held");
	domain.watchdog_lock.show = domain.shutdown_lock.show = NULL;
}

static void test_flags(void)
{
	static const struct { unsigned int bit; const char *name; } flags[] = {
		{ _VPF_blocked, "blocked" }, { _VPF_down, "down" },
		{ _VPF_blocked_in_xen, "blocked in Xen" }, { _VPF_migrating, "migrating" },
		{ _VPF_mem_paging, "paging" }, { _VPF_mem_access, "access" },
		{ _VPF_mem_sharing, "sharing" }, { _VPF_in_reset, "in reset" },
		{ _VPF_parked, "parked" },
	};

	vcpu_state();
	ok(record.length, 72, "VCPU_STATE: the length");
	ok(VCPU(now), NOW(), "the present time");
	ok(VCPU(flags), 0, "a runnable vCPU has no flags");
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
		vcpu.pause_flags = 1UL << flags[i].bit;
		vcpu_state();
		ok(VCPU(flags), 1 << i, flags[i].name);
	}
	vcpu.pause_flags = 1UL << 20;
	vcpu_state();
	ok(VCPU(flags), 0, "an unknown flag is left out");
	vcpu.pause_flags = 0;
}

static void test_poll(void)
{
	vcpu.poll_timer = (struct timer){ .armed = true, .expires = 8000 };
	vcpu_state();
	ok(VCPU(poll_timeout), 0, "the timer of a poll that has ended is 0");
	domain.poll_mask[0] = 1 << 3;
	vcpu.poll_evtchn = 17;
	vcpu_state();
	ok(VCPU(flags), 1 << 9, "the flag of a vCPU that polls");
	ok(VCPU(poll_port), 17, "the port that the vCPU polls");
	ok(VCPU(poll_timeout), 8000, "the timeout of the poll");
	vcpu.poll_evtchn = -1;
	vcpu.poll_timer.armed = false;
	vcpu_state();
	ok(VCPU(flags), 1 << 9, "the flag of a vCPU that polls several ports");
	ok(VCPU(poll_port), 0, "a poll of several ports has no port");
	ok(VCPU(poll_timeout), 0, "a poll without a timeout");
	domain.poll_mask[0] = ~(1UL << 3);
	vcpu.poll_evtchn = 17;
	vcpu_state();
	ok(VCPU(flags), 0, "no flag if only other vCPUs poll");
	ok(VCPU(poll_port), 0, "no port after a poll has ended");
}

static void test_runstate(void)
{
	vcpu.runstate = (struct vcpu_runstate_info){
		.state = 2, .state_entry_time = 4000, .time = { 10, 20, 30, 1L << 30 },
	};
	vcpu_state();
	ok(VCPU(runstate), 2, "the runstate");
	ok(VCPU(reserved), 0, "the reserved field is 0");
	ok(VCPU(runstate_entry), 4000, "the time when the runstate began");
	ok(number(&record, 40, 8), 10, "the time for which the vCPU ran");
	ok(number(&record, 48, 8), 20, "the time for which it was runnable");
	ok(number(&record, 56, 8), 30 + NOW() - 4000,
	   "the time for which it was blocked, until now");
	ok(number(&record, 64, 8), 1L << 30, "the time for which it was offline");
}

void test_state(void)
{
	test_domain();
	test_locks();
	test_flags();
	test_poll();
	test_runstate();
}
