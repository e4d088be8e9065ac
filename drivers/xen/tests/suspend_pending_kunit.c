// SPDX-License-Identifier: GPL-2.0
/*
 * Test the state machine of a request to suspend.  Each test is a list of
 * checks of control/shutdown, with the expected action after each check.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/time64.h>

#include "../manage.h"

#define WAIT_S	55

/*
 * One check of control/shutdown: its time and the value read, whether it was
 * scheduled (poked) or the node has changed, and the expected action.
 */
struct moment {
	unsigned int at;		/* time, in seconds */
	enum xen_shutdown_value says;
	bool poked;
	enum xen_pending_todo todo;
	/*
	 * For an attempt to suspend: whether it acknowledges the request, its
	 * result, and the expected seconds until the next check.
	 */
	bool acks;
	int err;
	unsigned int again;
};

#define SAYS(_at, _what, _todo, ...) \
	{ .at = _at, .says = XEN_SHUTDOWN_##_what, \
	  .todo = XEN_PENDING_##_todo, ##__VA_ARGS__ }
#define POKED(_at, _what, _todo, ...) \
	SAYS(_at, _what, _todo, .poked = true, ##__VA_ARGS__)

static const struct story {
	const char *name;
	bool early;
	struct moment moments[8];
} stories[] = {
	{ "suspended at once", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true),
		SAYS(2, EMPTY, NOTHING),
	} },
	{ "twice", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true),
		SAYS(2, SUSPEND, TRY_NEW, .acks = true),
	} },
	{ "busy, then not", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(2, SUSPEND, TRY, .err = -ENOMEM, .again = 1),
		POKED(3, SUSPEND, TRY, .acks = true),
	} },
	{ "busy for too long", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(55, SUSPEND, TRY, .err = -EBUSY, .again = 1),
		POKED(56, SUSPEND, TRY, .err = -EBUSY, .again = 10),
		SAYS(61, EMPTY, NOTHING),
	} },
	{ "refused, and nobody takes it back", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EIO, .again = 65),
		POKED(2, SUSPEND, LATER),
		POKED(66, SUSPEND, WITHDRAW),
		SAYS(67, EMPTY, NOTHING),
	} },
	{ "refused, and asked for again", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EIO, .again = 65),
		SAYS(40, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(90, SUSPEND, TRY, .acks = true),
	} },
	{ "taken back", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(2, EMPTY, NOTHING),
		POKED(3, EMPTY, NOTHING),
	} },
	{ "taken back, and asked for again", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		SAYS(54, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(100, SUSPEND, TRY, .acks = true),
	} },
	{ "acknowledged, then busy", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EBUSY,
		     .again = 1),
		SAYS(1, EMPTY, LATER),
		POKED(2, EMPTY, TRY),
		POKED(3, EMPTY, NOTHING),
	} },
	{ "acknowledged, then busy, and unreadable until the poke", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EBUSY,
		     .again = 1),
		SAYS(3, EMPTY, LATER),
		POKED(4, EMPTY, TRY),
	} },
	{ "acknowledged, then busy for too long", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EAGAIN,
		     .again = 1),
		POKED(15, EMPTY, TRY, .err = -EAGAIN, .again = 1),
		POKED(16, EMPTY, TRY, .err = -EAGAIN),
		POKED(17, EMPTY, NOTHING),
	} },
	{ "acknowledged early, then busy", true, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EBUSY,
		     .again = 1),
		POKED(50, EMPTY, TRY, .err = -EBUSY, .again = 1),
		POKED(56, EMPTY, TRY, .err = -EBUSY),
	} },
	{ "acknowledged, and asked for again", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EBUSY,
		     .again = 1),
		SAYS(3, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(57, SUSPEND, TRY, .err = -EBUSY, .again = 1),
	} },
	{ "acknowledged, and asked for again, unheard", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EBUSY,
		     .again = 1),
		POKED(2, SUSPEND, TRY_NEW, .acks = true),
	} },
	{ "power off instead", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		SAYS(2, OTHER, NOTHING),
		POKED(3, EMPTY, NOTHING),
	} },
	{ "power off after the acknowledgment", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -EBUSY,
		     .again = 1),
		SAYS(2, OTHER, NOTHING),
		POKED(3, EMPTY, NOTHING),
	} },
	{ "a poke that is left from before", false, {
		SAYS(1, SUSPEND, TRY_NEW, .err = -EBUSY, .again = 1),
		POKED(1, SUSPEND, LATER),
		POKED(2, SUSPEND, TRY, .acks = true, .err = -EBUSY, .again = 1),
		POKED(2, EMPTY, LATER),
		POKED(3, EMPTY, TRY),
	} },
	{ "acknowledged too late", false, {
		SAYS(1, SUSPEND, TRY_NEW, .acks = true, .err = -ETIMEDOUT,
		     .again = 1),
		POKED(57, EMPTY, EXPIRED),
		POKED(58, EMPTY, NOTHING),
	} },
};

KUNIT_ARRAY_PARAM_DESC(story, stories, name);

static void pending_goes(struct kunit *test)
{
	const struct story *story = test->param_value;
	const struct xen_pending_times times = {
		.wait_ms = WAIT_S * MSEC_PER_SEC, .early = story->early,
	};
	struct xen_pending p = {};
	const struct moment *m;
	unsigned int again;
	ktime_t now;

	for (m = story->moments; m->at; m++) {
		now = ms_to_ktime(m->at * MSEC_PER_SEC);
		KUNIT_EXPECT_EQ_MSG(test, m->todo,
				    xen_pending_event(&p, &times, now, m->says,
						      m->poked),
				    "after %u seconds", m->at);
		if (m->todo != XEN_PENDING_TRY &&
		    m->todo != XEN_PENDING_TRY_NEW)
			continue;
		if (m->acks)
			xen_pending_acked(&p, now,
					  ktime_add_ms(now, times.wait_ms));
		again = xen_pending_result(&p, &times, now, m->err, 3);
		KUNIT_EXPECT_EQ_MSG(test, m->again * MSEC_PER_SEC, again,
				    "after %u seconds", m->at);
	}
}

/*
 * After an attempt that took ten seconds, the next one must wait ten seconds.
 * Otherwise tasks would be frozen most of the time.
 */
static void pending_is_patient(struct kunit *test)
{
	const struct xen_pending_times times = { .wait_ms = 55000 };
	struct xen_pending p = {};

	xen_pending_event(&p, &times, 0, XEN_SHUTDOWN_SUSPEND, false);
	KUNIT_EXPECT_EQ(test, 10000,
			xen_pending_result(&p, &times, ms_to_ktime(10000),
					   -EBUSY, 10000));
}

/*
 * Withdraw a refused request after more than 60 s: libxl waits 60 s, and takes
 * a cleared node for an acknowledgment.
 */
static void pending_withdraws_late(struct kunit *test)
{
	const struct xen_pending_times times = { .wait_ms = 2000 };
	struct xen_pending p = {};

	xen_pending_event(&p, &times, 0, XEN_SHUTDOWN_SUSPEND, false);
	KUNIT_EXPECT_LT(test, 60000,
			xen_pending_result(&p, &times, 0, -EIO, 3));
}

static struct kunit_case pending_cases[] = {
	KUNIT_CASE_PARAM(pending_goes, story_gen_params),
	KUNIT_CASE(pending_is_patient),
	KUNIT_CASE(pending_withdraws_late),
	{}
};

static struct kunit_suite pending_suite = {
	.name = "xen_suspend_pending",
	.test_cases = pending_cases,
};

kunit_test_suite(pending_suite);
