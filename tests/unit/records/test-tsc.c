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
	ok(record.length, 24, "TSC_INFO: the length");
	ok(FIELD(&record, 0, domain_save_tsc_info, mode), 1, "the mode");
	ok(FIELD(&record, 0, domain_save_tsc_info, khz), 2000000, "the frequency");
	ok(FIELD(&record, 0, domain_save_tsc_info, nsec), 99, "the time");
	ok(FIELD(&record, 0, domain_save_tsc_info, incarnation), 3, "the incarnation");

	ok(tsc(3, 0, 0, 0), -EINVAL, "an unknown mode is refused");
	ok(tsc(~0u, 0, 0, 0), -EINVAL, "the largest mode is refused");
	ok(tsc(0, 0, 1ULL << 63, 0), -EINVAL, "a negative time is refused");
	ok(tsc(0, 0, 0, 1), -EINVAL, "reserved bits are refused");
	ok(tsc(2, 1, 0, 0), -EINVAL, "a frequency without emulation is refused");
	ok(tsc(2, 0, 1, 0), -EINVAL, "a time without emulation is refused");
	record.length = 16;
	ok(load_all(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain), -EINVAL,
	   "a short record is refused");
	ok(memcmp(&domain.tsc, &was, sizeof(was)), 0, "the refused records have changed nothing");
	ok(tsc(0, 1, INT64_MAX, 0), 0, "the largest time and the lowest frequency are loaded");
	ok(tsc(2, 0, 0, 0), 0, "a record without emulation is loaded");
	ok(tsc(1, 3000000, 7, 0), 0, "a record with emulation is loaded");
	ok(domain.tsc.mode, 1, "the loaded mode");
	ok(domain.tsc.khz, 3000000, "the loaded frequency");
	ok(domain.tsc.nsec, 7, "the loaded time");
	ok(domain.tsc.incarnation, 5, "the loaded incarnation is one more");
	ok(tsc(1, 0, 7, 0), 0, "a record with frequency 0 is loaded");
	ok(domain.tsc.khz, EMUL_HOST_KHZ, "frequency 0 is the frequency of the host");
	domain.tsc = was;
	ok(load(&record, DOMAIN_SAVE_CODE_TSC_INFO, &domain, true), 0, "a dry run succeeds");
	ok(domain.tsc.incarnation, 3, "a dry run does not change the incarnation");
}

/* Test a host that can scale the TSC of HVM guests, up to a maximum frequency. */
static void test_scaling(void)
{
	vcpus[0] = (struct vcpu){ .domain = &domain, .next = &vcpus[1] };
	vcpus[1] = (struct vcpu){ .domain = &domain };
	domain.hvm = true;
	emul.tsc_max_khz = 255000000;
	hvm_funcs.tsc_scaling.setup = emul_setup_tsc_scaling;
	ok(tsc(0, 3000000, 0, 0), 0, "TSC_INFO: a frequency that the host can scale to is loaded");
	ok(vcpus[0].tsc_khz, 3000000,
	   "a vCPU whose registers were loaded before gets this frequency");
	ok(vcpus[1].tsc_khz, 3000000, "all other vCPUs get this frequency");
	ok(tsc(2, 0, 0, 0), 0, "a record without emulation and frequency is loaded");
	ok(domain.tsc.khz, 3000000, "the frequency is unchanged then");

	ok(tsc(1, 4000000000, 0, 0), 0,
	   "with emulation, a frequency too high for scaling is loaded");
	ok(tsc(2, 0, 0, 0), -EINVAL, "without emulation, this frequency is refused");
	ok(domain.tsc.mode, 1, "the mode is unchanged then");
	domain.hvm = false;
	vcpus[0].tsc_khz = 1;
	ok(tsc(2, 0, 0, 0), 0, "for a PV guest, this frequency is loaded without emulation");
	ok(vcpus[0].tsc_khz, 1, "no ratio is set for vCPUs of a PV guest");
	domain.hvm = true;
	emul.tsc_max_khz = 0;
	hvm_funcs.tsc_scaling.setup = NULL;
	ok(tsc(2, 0, 0, 0), 0, "on a host that cannot scale, this frequency is loaded");
}

void test_tsc(void)
{
	test_fields();
	test_scaling();
}
