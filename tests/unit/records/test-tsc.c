// SPDX-License-Identifier: GPL-2.0
/* Tests of TSC_INFO, which can be loaded, and which only x86 has. */
#include "test.h"

static struct vcpu vcpus[2];
static struct domain domain = { .vcpu = vcpus };
static const struct tsc was = { .mode = 1, .khz = 2000000, .incarnation = 3, .nsec = 99 };

static int tsc(uint32_t mode, uint32_t khz, uint64_t nsec, uint32_t reserved)
{
	struct domain_save_tsc_info info = {
		.mode = mode, .khz = khz, .nsec = nsec, .incarnation = 4,
		.reserved = reserved,
	};

	record.length = sizeof(info);
	memcpy(record.data, &info, sizeof(info));
	return load_all(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain);
}

static void test_fields(void)
{
	domain.tsc = was;
	save(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain, NULL);
	ok(record.length, 24, "TSC_INFO: its length");
	ok(FIELD(&record, 0, domain_save_tsc_info, mode), 1, "its mode");
	ok(FIELD(&record, 0, domain_save_tsc_info, khz), 2000000, "its frequency");
	ok(FIELD(&record, 0, domain_save_tsc_info, nsec), 99, "the time");
	ok(FIELD(&record, 0, domain_save_tsc_info, incarnation), 3, "how often it was set");

	ok(tsc(3, 0, 0, 0), -EINVAL, "an unknown mode is refused");
	ok(tsc(~0u, 0, 0, 0), -EINVAL, "as are others");
	ok(tsc(0, 0, 1ULL << 63, 0), -EINVAL, "a negative time");
	ok(tsc(0, 0, 0, 1), -EINVAL, "reserved bits");
	ok(tsc(2, 1, 0, 0), -EINVAL, "a frequency, without emulation");
	ok(tsc(2, 0, 1, 0), -EINVAL, "and a time");
	record.length = 16;
	ok(load_all(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain), -EINVAL, "a short record");
	ok(memcmp(&domain.tsc, &was, sizeof(was)), 0, "of which nothing is loaded");
	ok(tsc(0, 1, INT64_MAX, 0), 0, "the extremes are");
	ok(tsc(2, 0, 0, 0), 0, "so is no emulation");
	ok(tsc(1, 3000000, 7, 0), 0, "and what is emulated");
	ok(domain.tsc.mode, 1, "in its mode");
	ok(domain.tsc.khz, 3000000, "at its frequency");
	ok(domain.tsc.nsec, 7, "with its time");
	ok(domain.tsc.incarnation, 5, "counted once more");
	ok(tsc(1, 0, 7, 0), 0, "the frequency of the host");
	ok(domain.tsc.khz, EMUL_HOST_KHZ, "is what it says");
	domain.tsc = was;
	ok(load(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain, true), 0, "a dry run");
	ok(domain.tsc.incarnation, 3, "does not count");
}

/* Test a host that can scale the TSC of HVM guests, up to a maximum frequency. */
static void test_scaling(void)
{
	vcpus[0] = (struct vcpu){ .domain = &domain, .next = &vcpus[1] };
	vcpus[1] = (struct vcpu){ .domain = &domain };
	domain.hvm = true;
	emul.tsc_max_khz = 255000000;
	hvm_funcs.tsc_scaling.setup = emul_setup_tsc_scaling;
	ok(tsc(0, 3000000, 0, 0), 0, "TSC_INFO: a frequency to scale to");
	ok(vcpus[0].tsc_khz, 3000000, "reaches a vCPU whose registers were loaded before");
	ok(vcpus[1].tsc_khz, 3000000, "and all others");
	ok(tsc(2, 0, 0, 0), 0, "which stays");
	ok(domain.tsc.khz, 3000000, "without emulation");

	ok(tsc(1, 4000000000, 0, 0), 0, "emulated, it may be too fast for scaling");
	ok(tsc(2, 0, 0, 0), -EINVAL, "but it has to be emulated");
	ok(domain.tsc.mode, 1, "as it was");
	domain.hvm = false;
	vcpus[0].tsc_khz = 1;
	ok(tsc(2, 0, 0, 0), 0, "unless it is not scaled: that of a PV guest");
	ok(vcpus[0].tsc_khz, 1, "whose vCPUs have no ratio to be set");
	domain.hvm = true;
	emul.tsc_max_khz = 0;
	hvm_funcs.tsc_scaling.setup = NULL;
	ok(tsc(2, 0, 0, 0), 0, "or on a host that cannot");
}

void test_tsc(void)
{
	test_fields();
	test_scaling();
}
