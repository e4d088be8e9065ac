// SPDX-License-Identifier: GPL-2.0
/* Tests of VCPU_TRAPS, which cannot be loaded, and which only x86 has. */
#include "test.h"

#define TRAPS(member) FIELD(&record, 0, domain_save_vcpu_traps, member)

static struct domain domain;
static struct vcpu vcpu = { .domain = &domain };

static void traps(void) { save(&record, DOMAIN_SAVE_CODE_VCPU_TRAPS, &domain, &vcpu); }

static void nothing(const char *name)
{
	static const uint8_t none[24];

	traps();
	ok(memcmp(record.data, none, sizeof(none)), 0, name);
}

void test_traps(void)
{
	nothing("VCPU_TRAPS: no trap is pending");
	ok(record.length, 24, "the length");
	vcpu.arch.nmi_pending = true;
	traps();
	ok(TRAPS(flags), 1, "an NMI is pending");
	vcpu.arch.nmi_pending = false;
	vcpu.arch.mce_pending = true;
	traps();
	ok(TRAPS(flags), 2, "a machine check is pending");
	vcpu.arch.mce_pending = false;
	vcpu.arch.async_exception_mask = 1 << VCPU_TRAP_NMI;
	traps();
	ok(TRAPS(flags), 4, "an NMI is being handled");
	vcpu.arch.async_exception_mask = 1 << VCPU_TRAP_MCE;
	traps();
	ok(TRAPS(flags), 8, "a machine check is being handled");
	vcpu.arch.async_exception_mask = 0;

	vcpu.arch.pv.trap_bounce = (struct trap_bounce){
		.error_code = 0x1234, .flags = TBF_EXCEPTION_ERRCODE | TBF_INTERRUPT,
		.cs = 0xe033, .eip = 0x81000000,
	};
	nothing("an exception that was delivered is left out");
	vcpu.arch.pv.trap_bounce.flags |= TBF_EXCEPTION;
	traps();
	ok(TRAPS(flags), 0x70, "an exception that was not delivered");
	ok(TRAPS(error_code), 0x1234, "the error code of the exception");
	ok(TRAPS(cs), 0xe033, "the segment of the handler");
	ok(TRAPS(eip), 0x81000000, "the address of the handler");
	vcpu.arch.pv.trap_bounce.flags = TBF_EXCEPTION;
	traps();
	ok(TRAPS(flags), 0x10, "an exception without an error code that masks no events");
	ok(TRAPS(error_code), 0, "the error code is 0 then");
	domain.hvm = true;
	nothing("an HVM guest has no such traps");
}
