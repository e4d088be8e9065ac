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
	nothing("VCPU_TRAPS: nothing is pending");
	ok(record.length, 24, "its length");
	vcpu.arch.nmi_pending = true;
	traps();
	ok(TRAPS(flags), 1, "an NMI");
	vcpu.arch.nmi_pending = false;
	vcpu.arch.mce_pending = true;
	traps();
	ok(TRAPS(flags), 2, "a machine check");
	vcpu.arch.mce_pending = false;
	vcpu.arch.async_exception_mask = 1 << VCPU_TRAP_NMI;
	traps();
	ok(TRAPS(flags), 4, "an NMI that is handled");
	vcpu.arch.async_exception_mask = 1 << VCPU_TRAP_MCE;
	traps();
	ok(TRAPS(flags), 8, "a machine check that is");
	vcpu.arch.async_exception_mask = 0;

	vcpu.arch.pv.trap_bounce = (struct trap_bounce){
		.error_code = 0x1234, .flags = TBF_EXCEPTION_ERRCODE | TBF_INTERRUPT,
		.cs = 0xe033, .eip = 0x81000000,
	};
	nothing("an exception that was delivered");
	vcpu.arch.pv.trap_bounce.flags |= TBF_EXCEPTION;
	traps();
	ok(TRAPS(flags), 0x70, "one that was not");
	ok(TRAPS(error_code), 0x1234, "its error code");
	ok(TRAPS(cs), 0xe033, "its handler's segment");
	ok(TRAPS(eip), 0x81000000, "its handler");
	vcpu.arch.pv.trap_bounce.flags = TBF_EXCEPTION;
	traps();
	ok(TRAPS(flags), 0x10, "without an error code, or a mask");
	ok(TRAPS(error_code), 0, "then it is left out");
	domain.hvm = true;
	nothing("an HVM guest has other data there");
}
