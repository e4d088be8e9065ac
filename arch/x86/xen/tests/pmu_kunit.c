// SPDX-License-Identifier: GPL-2.0
/*
 * Test that a restore clears the PMU page that a vCPU shares with Xen.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include <xen/interface/xenpmu.h>

#include "../xen-ops.h"

#define LVTPC	0x400	/* APIC_DM_NMI, as perf writes it */

static void pmu_page_is_reset(struct kunit *test)
{
	struct xen_pmu_data *data = kunit_kzalloc(test, sizeof(*data), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, data);
	memset(data, 0xa5, sizeof(*data));
	data->pmu.l.lapic_lvtpc = LVTPC;

	xen_pmu_page_reset(data);
	KUNIT_EXPECT_EQ(test, data->pmu.l.lapic_lvtpc, LVTPC);

	data->pmu.l.lapic_lvtpc = 0;
	KUNIT_EXPECT_NULL_MSG(test, memchr_inv(data, 0, sizeof(*data)),
			      "something else is left of the old domain");
}

static struct kunit_case pmu_cases[] = {
	KUNIT_CASE(pmu_page_is_reset),
	{}
};

static struct kunit_suite pmu_suite = {
	.name = "xen_pmu",
	.test_cases = pmu_cases,
};

kunit_test_suite(pmu_suite);
