// SPDX-License-Identifier: GPL-2.0
/*
 * Test which values of control/shutdown the guest serves as requests.
 */
#include <kunit/test.h>

#include "../manage.h"

static const struct served {
	const char *command;
	const char *feature;
} served[] = {
	{ "poweroff",	"feature-poweroff" },
	{ "halt",	NULL },
	{ "reboot",	"feature-reboot" },
	{ "suspend",	"feature-suspend" },
};

KUNIT_ARRAY_PARAM_DESC(served, served, command);

static void manage_serves(struct kunit *test)
{
	const struct served *want = test->param_value;
	const struct xen_request *r = xen_request_find(want->command);

	KUNIT_ASSERT_NOT_NULL(test, r);
	KUNIT_EXPECT_TRUE(test, !!r->handle ^ r->later);
	KUNIT_EXPECT_STREQ(test, r->command, want->command);
	if (want->feature)
		KUNIT_EXPECT_STREQ(test, r->feature, want->feature);
	else
		KUNIT_EXPECT_NULL(test, r->feature);
}

/*
 * Any other spelling of a request must be ignored, because a poweroff by
 * mistake cannot be undone.
 */
static void manage_ignores(struct kunit *test)
{
	static const char *const values[] = {
		"", "crash", "Suspend", "SUSPEND", " suspend", "suspend ",
		"suspend\n", "suspendx", "susp", "s3", "halt\t", "power off",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		KUNIT_EXPECT_NULL_MSG(test, xen_request_find(values[i]),
				      "\"%s\" was taken for a request",
				      values[i]);
}

static struct kunit_case manage_cases[] = {
	KUNIT_CASE_PARAM(manage_serves, served_gen_params),
	KUNIT_CASE(manage_ignores),
	{}
};

static struct kunit_suite manage_suite = {
	.name = "xen_manage",
	.test_cases = manage_cases,
};

kunit_test_suite(manage_suite);
