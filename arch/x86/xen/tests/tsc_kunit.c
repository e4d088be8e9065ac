// SPDX-License-Identifier: GPL-2.0
/*
 * Test for which changes of the TSC a guest stops using the TSC as its clock
 * after a restore.
 */
#include <kunit/test.h>

#include <asm/xen/cpuid.h>

#include "../xen-ops.h"

#define GHZ	(1000 * 1000)	/* in kHz */

static const struct look {
	const char *name;
	u32 mode;
	unsigned int then;	/* kHz */
	unsigned int now;
	const char *trouble;	/* a word of the reason, or NULL for none */
	bool varies;
} looks[] = {
	{ "the same host", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 2 * GHZ },
	{ "a little faster", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 2 * GHZ + 200 },
	{ "a little slower", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 2 * GHZ - 200 },
	{ "faster", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 2 * GHZ + 201, "frequency" },
	{ "slower", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 2 * GHZ - 201, "frequency" },
	{ "twice as fast", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 4 * GHZ, "frequency" },
	{ "as fast as there are numbers", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  1, UINT_MAX, "frequency" },
	{ "hardly any", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  UINT_MAX, 0, "frequency" },
	{ "emulated if need be", XEN_CPUID_TSC_MODE_DEFAULT,
	  2 * GHZ, 2 * GHZ, "emulate" },
	{ "always emulated", XEN_CPUID_TSC_MODE_ALWAYS_EMULATE,
	  2 * GHZ, 2 * GHZ, "emulate" },
	{ "with TSC_AUX", XEN_CPUID_TSC_MODE_PVRDTSCP,
	  2 * GHZ, 2 * GHZ, "emulate" },
	{ "a mode to come", 4, 2 * GHZ, 2 * GHZ, "emulate" },
	{ "not invariant", XEN_CPUID_TSC_MODE_NEVER_EMULATE,
	  2 * GHZ, 2 * GHZ, "invariant", true },
	{ "emulated, and faster", XEN_CPUID_TSC_MODE_ALWAYS_EMULATE,
	  2 * GHZ, 3 * GHZ, "emulate" },
};

KUNIT_ARRAY_PARAM_DESC(look, looks, name);

static void tsc_is_looked_at(struct kunit *test)
{
	const struct look *look = test->param_value;
	const char *trouble = xen_tsc_trouble(!look->varies, look->mode,
					      look->then, look->now);

	if (!look->trouble) {
		KUNIT_EXPECT_NULL(test, trouble);
		return;
	}
	KUNIT_ASSERT_NOT_NULL(test, trouble);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(trouble, look->trouble),
				  "it says \"%s\"", trouble);
}

static struct kunit_case tsc_cases[] = {
	KUNIT_CASE_PARAM(tsc_is_looked_at, look_gen_params),
	{}
};

static struct kunit_suite tsc_suite = {
	.name = "xen_tsc",
	.test_cases = tsc_cases,
};

kunit_test_suite(tsc_suite);
