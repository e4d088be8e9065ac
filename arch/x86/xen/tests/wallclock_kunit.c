// SPDX-License-Identifier: GPL-2.0
/*
 * Test xen_wallclock_wrong(): by how much REALTIME must be set back after a restore.
 */
#include <kunit/test.h>

#include "../xen-ops.h"

#define S	1000LL	/* in ms */

/*
 * Before the save, REALTIME was @differed ahead of the old host's wall clock.  The guest was away
 * for @away, and the new host's wall clock is @host ahead of the old one.  After the restore,
 * REALTIME must be @right ahead of the new host's wall clock.
 */
static const struct restore {
	const char *name;
	s64 differed;	/* ms */
	s64 away;
	s64 host;
	s64 right;
} restores[] = {
	{ "all clocks agree", 0, 10 * S, 0, 0 },
	{ "the guest is a second ahead", S, 10 * S, 0, 0 },
	{ "the guest is a second behind", -S, 10 * S, 0, 0 },
	{ "the guest is ahead, and hardly away", 1500, 200, 0, 1300 },
	{ "the guest is behind, and hardly away", -1500, 200, 0, 0 },
	{ "the guest is ahead, and the host goes back", 1500, 200, -300, 1500 },
	{ "almost two seconds", 1999, 10 * S, 0, 0 },
	{ "two seconds, on purpose", 2000, 10 * S, 0, 2000 },
	{ "the old host was slow", S, 10 * S, S, 0 },
	{ "the old host was fast", -S, 10 * S, -S, 0 },
	{ "a day ahead, on purpose", 86400 * S, 10 * S, 0, 86400 * S },
	{ "a day behind, on purpose", -86400 * S, 10 * S, 0, -86400 * S },
	{ "a day ahead, and the host goes back",
	  86400 * S, 10 * S, -60 * S, 86400 * S },
	{ "the host goes back", 0, 10 * S, -3600 * S, 0 },
	{ "the host goes back by less than the guest was away",
	  0, 10 * S, -5 * S, 0 },
	{ "the old host was an hour fast", -3600 * S, 10 * S, -3600 * S, 0 },
	{ "the same, seen late", -3600 * S, 1799 * S, -3600 * S, 0 },
	{ "the same, seen too late", -3600 * S, 1801 * S, -3600 * S, -3600 * S },
	{ "the old host was an hour slow", 3600 * S, 10 * S, 3600 * S, 3600 * S },
};

KUNIT_ARRAY_PARAM_DESC(restore, restores, name);

static void realtime_is_right(struct kunit *test)
{
	const struct restore *r = test->param_value;
	/* Time away by the hosts' wall clocks.  Timekeeping adds only positive times. */
	s64 passed = r->away + r->host;
	s64 back = passed < 0 ? -passed : 0;
	s64 away = max_t(s64, passed, 0);
	s64 wrong = xen_wallclock_wrong(back * NSEC_PER_MSEC,
					r->differed * NSEC_PER_MSEC,
					away * NSEC_PER_MSEC);

	KUNIT_EXPECT_EQ(test, r->right, back + r->differed -
					div_s64(wrong, NSEC_PER_MSEC));
}

/* If timekeeping has added too little time, REALTIME must be set forward by the rest. */
static void not_counted_is_added(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -3100LL * NSEC_PER_MSEC,
			xen_wallclock_wrong(-3100LL * NSEC_PER_MSEC,
					    3LL * NSEC_PER_SEC, NSEC_PER_SEC));
}

static struct kunit_case wallclock_cases[] = {
	KUNIT_CASE_PARAM(realtime_is_right, restore_gen_params),
	KUNIT_CASE(not_counted_is_added),
	{}
};

static struct kunit_suite wallclock_suite = {
	.name = "xen_wallclock",
	.test_cases = wallclock_cases,
};

kunit_test_suite(wallclock_suite);
