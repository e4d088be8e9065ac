// SPDX-License-Identifier: GPL-2.0
/*
 * After a restore: what is REALTIME wrong by, and what of what Xen shows is not the
 * host's?  And before a suspend, how much of what the last one got wrong is there yet?
 */
#include <kunit/test.h>

#include "../xen-ops.h"

#define S	1000LL	/* in ms */

/*
 * A guest was @differed ahead of its old host, and is @away for so long.  The new host
 * is @host ahead of the old one.  Then REALTIME is to be @right ahead of the new host.
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
	/* By the clock that timekeeping is told of. */
	s64 passed = r->away + r->host;
	s64 ahead = passed < 0 ? -passed : 0;
	s64 away = max_t(s64, passed, 0);
	s64 wrong = xen_wallclock_wrong(ahead * NSEC_PER_MSEC,
					r->differed * NSEC_PER_MSEC,
					away * NSEC_PER_MSEC, 0);

	KUNIT_EXPECT_EQ(test, r->right, ahead + r->differed -
					div_s64(wrong, NSEC_PER_MSEC));
}

/* What timekeeping has not counted is to be made up for, and nobody's mistake. */
static void behind_is_no_mistake(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -3100LL * NSEC_PER_MSEC,
			xen_wallclock_wrong(-3100LL * NSEC_PER_MSEC,
					    3LL * NSEC_PER_SEC, NSEC_PER_SEC, 0));
}

/* Something was added for this domain, and the wall clock went back: NTP knows. */
static void what_is_not_known_is_left(struct kunit *test)
{
	s64 hour = 3600LL * NSEC_PER_SEC;

	KUNIT_EXPECT_EQ(test, 0, xen_wallclock_wrong(hour, hour, 0, hour));
	KUNIT_EXPECT_EQ(test, 0, xen_wallclock_wrong(3LL * NSEC_PER_SEC, hour, 0, hour));
	/* What timekeeping did not count is known. */
	KUNIT_EXPECT_EQ(test, -NSEC_PER_SEC,
			xen_wallclock_wrong(-NSEC_PER_SEC, hour, 0, hour));
	/* This cannot be gone, or the wall clock would have gone on. */
	KUNIT_EXPECT_EQ(test, hour, xen_wallclock_wrong(hour, 0, 0, -hour));
}

static const struct added {
	const char *name;
	struct pvclock_wall_clock then, now;
	s64 seconds;
} adds[] = {
	{ "nothing", { 2, 1000, 5 }, { 2, 1000, 5 }, 0 },
	{ "an hour", { 2, 1000, 5 }, { 4, 4600, 5 }, 3600 },
	{ "an hour was taken", { 4, 4600, 5 }, { 2, 1000, 5 }, -3600 },
	{ "another host", { 2, 1000, 5 }, { 2, 4600, 6 }, 0 },
	{ "after 2106", { 2, 0xfffffff0, 5 }, { 2, 0x10, 5 }, 32 },
};

KUNIT_ARRAY_PARAM_DESC(added, adds, name);

static void what_was_added_is_seen(struct kunit *test)
{
	const struct added *a = test->param_value;

	KUNIT_EXPECT_EQ(test, a->seconds * NSEC_PER_SEC,
			xen_wallclock_added(&a->then, &a->now));
}

static const struct mend {
	const char *name;
	s64 error;
	s64 ahead;
	s64 left;
} mends[] = {
	{ "no error", 0, 50, 0 },
	{ "it is there", 200, 200, 200 },
	{ "it is there, behind", -200, -200, -200 },
	{ "mended", -200, 0, 0 },
	{ "mended in part", -200, -50, -50 },
	{ "mended, and gone on", -200, 30, 0 },
	{ "something was added", 200, 250, 200 },
};

KUNIT_ARRAY_PARAM_DESC(mend, mends, name);

static void mended_stays_mended(struct kunit *test)
{
	const struct mend *m = test->param_value;

	KUNIT_EXPECT_EQ(test, m->left,
			xen_wallclock_error_left(m->ahead, m->error));
}

static struct kunit_case wallclock_cases[] = {
	KUNIT_CASE_PARAM(realtime_is_right, restore_gen_params),
	KUNIT_CASE(behind_is_no_mistake),
	KUNIT_CASE(what_is_not_known_is_left),
	KUNIT_CASE_PARAM(what_was_added_is_seen, added_gen_params),
	KUNIT_CASE_PARAM(mended_stays_mended, mend_gen_params),
	{}
};

static struct kunit_suite wallclock_suite = {
	.name = "xen_wallclock",
	.test_cases = wallclock_cases,
};

kunit_test_suite(wallclock_suite);
