// SPDX-License-Identifier: GPL-2.0
/*
 * Test the suspend engine without a hypervisor: which callbacks it calls, and
 * in which order, also if a phase refuses to suspend.
 *
 * Each callback appends one letter to a journal, and the tests compare the
 * whole journal.  A capital letter stands for a suspend callback, a small
 * letter for a resume callback, and '!' for the bottom of the walk.
 */
#include <kunit/test.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include <xen/suspend.h>

#define JOURNAL_SIZE 32

/* State of the present test.  KUnit runs one test at a time. */
static struct {
	char text[JOURNAL_SIZE];
	int refuse;		/* letter of the phase that refuses, 0: none */
	int bottom_err;
	enum xen_suspend_outcome outcome;	/* set by the bottom */
	enum xen_suspend_outcome seen;		/* outcome when "a" resumed */
} run;

static struct xen_suspend suspend;

static void note(char c)
{
	size_t len = strlen(run.text);

	if (len < JOURNAL_SIZE - 1)
		run.text[len] = c;
}

static int go_down(char c)
{
	note(c);
	return run.refuse == c ? -EBUSY : 0;
}

static int a_down(struct xen_suspend *s) { return go_down('A'); }
static int b_down(struct xen_suspend *s) { return go_down('B'); }
static int c_down(struct xen_suspend *s) { return go_down('C'); }
static int x_down(struct xen_suspend *s) { return go_down('X'); }
static int y_down(struct xen_suspend *s) { return go_down('Y'); }
static void b_up(struct xen_suspend *s) { note('b'); }
static void c_up(struct xen_suspend *s) { note('c'); }
static void x_up(struct xen_suspend *s) { note('x'); }
static void y_up(struct xen_suspend *s) { note('y'); }

static void a_up(struct xen_suspend *s)
{
	note('a');
	run.seen = s->outcome;
}

static const struct xen_suspend_phase outer_phases[] = {
	{ "a", a_down, a_up },
	{ "b", b_down, b_up },
	{ "c", c_down, c_up },
};

static const struct xen_suspend_table outer =
	XEN_SUSPEND_TABLE("outer", outer_phases);

static const struct xen_suspend_phase inner_phases[] = {
	{ "x", x_down, x_up },
	{ "y", y_down, y_up },
};

static const struct xen_suspend_table inner =
	XEN_SUSPEND_TABLE("inner", inner_phases);

static int bottom(struct xen_suspend *s)
{
	note('!');
	s->outcome = run.outcome;
	return run.bottom_err;
}

static int walk_inner(struct xen_suspend *s)
{
	return xen_suspend_walk(s, &inner, bottom);
}

static int walk_outer(void)
{
	return xen_suspend_walk(&suspend, &outer, bottom);
}

static int walk_both(void)
{
	return xen_suspend_walk(&suspend, &outer, walk_inner);
}

static int walk_init(struct kunit *test)
{
	memset(&run, 0, sizeof(run));
	memset(&suspend, 0, sizeof(suspend));
	return 0;
}

static void walk_goes_down_and_back(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, walk_outer(), 0);
	KUNIT_EXPECT_STREQ(test, run.text, "ABC!cba");
	KUNIT_EXPECT_NULL(test, suspend.failed);
}

static void walk_nests(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, walk_both(), 0);
	KUNIT_EXPECT_STREQ(test, run.text, "ABCXY!yxcba");
}

static void walk_empty_table(struct kunit *test)
{
	static const struct xen_suspend_table none = { .name = "none" };

	KUNIT_EXPECT_EQ(test, xen_suspend_walk(&suspend, &none, bottom), 0);
	KUNIT_EXPECT_STREQ(test, run.text, "!");
}

static const struct refusal {
	char phase;
	const char *name;
	const char *journal;
} refusals[] = {
	{ 'A', "a", "A" },
	{ 'B', "b", "ABa" },
	{ 'C', "c", "ABCba" },
	{ 'X', "x", "ABCXcba" },
	{ 'Y', "y", "ABCXYxcba" },
};

KUNIT_ARRAY_PARAM_DESC(refusal, refusals, name);

static void walk_unwinds(struct kunit *test)
{
	const struct refusal *r = test->param_value;

	run.refuse = r->phase;
	KUNIT_EXPECT_EQ(test, walk_both(), -EBUSY);
	KUNIT_EXPECT_STREQ(test, run.text, r->journal);
	KUNIT_EXPECT_STREQ(test, suspend.failed, r->name);
	KUNIT_EXPECT_EQ(test, run.seen, XEN_SUSPEND_ABORTED);
}

static void walk_unwinds_from_bottom(struct kunit *test)
{
	run.bottom_err = -EPERM;
	KUNIT_EXPECT_EQ(test, walk_both(), -EPERM);
	KUNIT_EXPECT_STREQ(test, run.text, "ABCXY!yxcba");
	KUNIT_EXPECT_EQ(test, run.seen, XEN_SUSPEND_ABORTED);
}

/* If a fault is injected into a phase, none of its callbacks may be called. */
static void walk_injects(struct kunit *test)
{
	const struct refusal *r = test->param_value;
	char journal[JOURNAL_SIZE] = "";
	char *skipped;

	strscpy(journal, r->journal, sizeof(journal));
	skipped = strchr(journal, r->phase);
	memmove(skipped, skipped + 1, strlen(skipped));

	suspend.fault = (struct xen_suspend_fault) {
		.phase = r->name,
		.err = -EIO,
	};
	KUNIT_EXPECT_EQ(test, walk_both(), -EIO);
	KUNIT_EXPECT_STREQ(test, run.text, journal);
	KUNIT_EXPECT_STREQ(test, suspend.failed, r->name);
	KUNIT_EXPECT_NULL_MSG(test, suspend.fault.phase,
			      "injection must be one-shot");
}

static void walk_shows_outcome(struct kunit *test)
{
	run.outcome = XEN_SUSPEND_CANCELLED;
	walk_both();
	KUNIT_EXPECT_EQ(test, run.seen, XEN_SUSPEND_CANCELLED);

	run.outcome = XEN_SUSPEND_RESTORED;
	walk_both();
	KUNIT_EXPECT_EQ(test, run.seen, XEN_SUSPEND_RESTORED);
}

/*
 * A phase may lack one of its callbacks.  A fault can be injected also into a
 * phase without a suspend callback.
 */
static void walk_one_way_phases(struct kunit *test)
{
	static const struct xen_suspend_phase phases[] = {
		{ "down only", b_down, NULL },
		{ "up only", NULL, c_up },
	};
	static const struct xen_suspend_table table =
		XEN_SUSPEND_TABLE("one way", phases);

	KUNIT_EXPECT_EQ(test, xen_suspend_walk(&suspend, &table, bottom), 0);
	KUNIT_EXPECT_STREQ(test, run.text, "B!c");

	memset(&run, 0, sizeof(run));
	suspend.fault = (struct xen_suspend_fault) {
		.phase = "up only",
		.err = -EIO,
	};
	KUNIT_EXPECT_EQ(test, xen_suspend_walk(&suspend, &table, bottom), -EIO);
	KUNIT_EXPECT_STREQ(test, run.text, "B");
}

static int leave_irqs_off(struct xen_suspend *s)
{
	local_irq_disable();
	return 0;
}

static void leave_preempt_off(struct xen_suspend *s)
{
	/* Without CONFIG_PREEMPT_COUNT, preempt_disable() does not count. */
	preempt_count_inc();
}

static void walk_catches_imbalance(struct kunit *test)
{
	static const struct xen_suspend_phase phases[] = {
		{ "good", a_down, a_up },
		{ "bad", leave_irqs_off, leave_preempt_off },
	};
	static const struct xen_suspend_table table =
		XEN_SUSPEND_TABLE("unbalanced", phases);
	int preempt = preempt_count();

	xen_suspend_walk(&suspend, &table, bottom);

	KUNIT_EXPECT_FALSE(test, irqs_disabled());
	KUNIT_EXPECT_EQ(test, preempt_count(), preempt);
	KUNIT_ASSERT_EQ(test, suspend.nr_records, 4);
	KUNIT_EXPECT_FALSE(test, suspend.records[0].unbalanced);
	KUNIT_EXPECT_TRUE(test, suspend.records[1].unbalanced);
	KUNIT_EXPECT_TRUE(test, suspend.records[2].unbalanced);
	KUNIT_EXPECT_FALSE(test, suspend.records[3].unbalanced);
}

static void walk_records(struct kunit *test)
{
	static const char *const order[] = {
		"a", "b", "c", "x", "y", "x", "c", "b", "a",
	};
	unsigned int i;

	run.refuse = 'Y';
	walk_both();

	KUNIT_ASSERT_EQ(test, suspend.nr_records, ARRAY_SIZE(order));
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		struct xen_suspend_record *r = &suspend.records[i];

		KUNIT_EXPECT_STREQ(test, r->phase, order[i]);
		KUNIT_EXPECT_EQ(test, r->up, i > 4);
		KUNIT_EXPECT_EQ(test, r->err, i == 4 ? -EBUSY : 0);
	}
	KUNIT_EXPECT_STREQ(test, suspend.records[0].level, "outer");
	KUNIT_EXPECT_STREQ(test, suspend.records[4].level, "inner");
}

static void walk_bounds_records(struct kunit *test)
{
	static const struct xen_suspend_record record = { .phase = "z" };
	unsigned int i;

	for (i = 0; i < 2 * XEN_SUSPEND_MAX_RECORDS; i++)
		xen_suspend_record(&suspend, &record);
	KUNIT_EXPECT_EQ(test, suspend.nr_records, XEN_SUSPEND_MAX_RECORDS);
	KUNIT_EXPECT_EQ(test, walk_both(), 0);
	KUNIT_EXPECT_STREQ(test, run.text, "ABCXY!yxcba");
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(walk_goes_down_and_back),
	KUNIT_CASE(walk_nests),
	KUNIT_CASE(walk_empty_table),
	KUNIT_CASE_PARAM(walk_unwinds, refusal_gen_params),
	KUNIT_CASE(walk_unwinds_from_bottom),
	KUNIT_CASE_PARAM(walk_injects, refusal_gen_params),
	KUNIT_CASE(walk_shows_outcome),
	KUNIT_CASE(walk_one_way_phases),
	KUNIT_CASE(walk_catches_imbalance),
	KUNIT_CASE(walk_records),
	KUNIT_CASE(walk_bounds_records),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "xen_suspend_walk",
	.init = walk_init,
	.test_cases = walk_cases,
};

kunit_test_suite(walk_suite);
