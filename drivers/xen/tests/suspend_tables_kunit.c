// SPDX-License-Identifier: GPL-2.0
/*
 * Check the names and the order of the phases in the suspend tables.
 *
 * A phase that is "below" another one suspends later and resumes earlier.  Each
 * rule names two phases, and the reason why the first must be below the second.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include <xen/suspend.h>

/* The tables that one walk of one type of guest uses, the outermost first. */
struct stack {
	const char *name;
	const struct xen_suspend_table *tables[3];
	bool fast;
};

static const struct stack stacks[] = {
#ifdef CONFIG_XEN_PV
	{ "PV", { &xen_suspend_thread_table, &xen_suspend_stopped_table,
		  &xen_suspend_pv_table } },
	{ "PV, fast", { &xen_suspend_fast_table, &xen_suspend_parked_table,
			&xen_suspend_pv_table }, true },
#endif
	{ "HVM", { &xen_suspend_thread_table, &xen_suspend_stopped_table,
		   &xen_suspend_hvm_table } },
};

KUNIT_ARRAY_PARAM_DESC(stack, stacks, name);

/* Return the position of a phase, counted over all tables, or -1 for none. */
static int depth(const struct stack *stack, const char *name)
{
	int t, i, seen = 0;

	for (t = 0; t < ARRAY_SIZE(stack->tables); t++) {
		const struct xen_suspend_table *table = stack->tables[t];

		for (i = 0; i < table->nr; i++, seen++)
			if (!strcmp(table->phases[i].name, name))
				return seen;
	}
	return -1;
}

static const struct rule {
	const char *below, *above, *why;
} rules[] = {
	{ "handles", "xenstore", "no device may talk before it is told" },
	{ "xenstore", "request", "it is acknowledged by xenstore" },
	{ "store port", "xenstore", "xs_resume() binds the port" },
	{ "clock", "identity", "waking a worker reads the clock" },
	{ "event channels", "identity", "waking a worker may take an IPI" },
	{ "syscore", "deadline", "it reads a clock" },
	{ "timers", "syscore", "timekeeping starts vCPU 0's timer" },
	{ "event channels", "syscore", "early interrupts resume there" },
	{ "runstate", "syscore", "timekeeping accounts stolen time" },
	{ "clock", "runstate", "nothing may read a clock that is down" },
	{ "clock", "grants", "a page fault there is printed with a time" },
	{ "vcpu info", "clock", "the time is read from vcpu_info" },
	{ "shared info", "vcpu info", "vcpu_info starts out in it" },
};

/* Rules for the slow walk, which freezes tasks and suspends devices. */
static const struct rule slow_rules[] = {
	{ "tasks", "transition", "/sys/power/state freezes tasks too" },
	{ "reserve", "tasks", "tasks change the sizes to be reserved" },
	{ "handles", "tasks", "no program may run before it is told" },
	{ "noirq", "handles", "it frees irqs, of which none is suspended" },
	{ "devices", "reserve", "a refusal must cost devices nothing" },
	{ "request", "devices", "what is slow, or refuses, comes first" },
	{ "xenstore", "devices", "drivers write to xenstore" },
	{ "noirq", "xenstore", "xs_suspend() waits for an interrupt" },
	{ "vcpus", "noirq", "late device callbacks need the tick" },
	{ "vcpus", "console", "none may wait for the console daemon" },
	{ "console", "noirq", "a device that complains must be heard" },
	{ "listeners", "noirq", "no device may send before they are told" },
	{ "vcpus", "listeners", "they wait for RCU, and so for ticks" },
	{ "identity", "vcpus", "no other vCPU may draw before it" },
	{ "deadline", "vcpus", "nothing that takes time comes after" },
	{ "syscore", "stragglers", "it is tried again, and often" },
	{ "syscore", "vcpus", "vCPU 0's tick stops with timekeeping" },
};

/* Rules for the fast walk, which neither freezes tasks nor suspends devices. */
static const struct rule fast_rules[] = {
	{ "frontends", "hotplug", "who brings up a vCPU may wait for a disk" },
	{ "handles", "hotplug", "a notifier sets the clock, which takes its lock" },
	{ "listeners", "hotplug", "xenwatch is back soon after" },
	{ "request", "frontends", "it may be refused for what there is" },
	{ "xenstore", "frontends", "drivers write to xenstore" },
	{ "console", "listeners", "a worker that complains must be heard" },
	{ "handles", "programs", "no program may run before it is told" },
	{ "frontends", "programs", "as if tasks had been frozen" },
	{ "event channels", "hold", "waking a task may take an IPI" },
	{ "clock", "hold", "waking a task reads the clock" },
	{ "rings", "store port", "no program may use a ring of a lost domain" },
	{ "identity", "store port", "no other vCPU may draw before it" },
	{ "syscore", "rings", "it may refuse, and often" },
	{ "syscore", "faults", "it is tried again, and often" },
	{ "syscore", "toolstack", "nobody asks any more" },
};

/* Rules for PV guests: only they have "page tables" and "start info". */
static const struct rule pv_rules[] = {
	{ "clock", "page tables", "pinning is slow, the clock stops late" },
	{ "start info", "page tables", "both are read by the toolstack" },
};

static void check(struct kunit *test, const struct stack *stack,
		  const struct rule *rule)
{
	int below = depth(stack, rule->below);
	int above = depth(stack, rule->above);

	KUNIT_EXPECT_GE_MSG(test, below, 0, "no phase \"%s\"", rule->below);
	KUNIT_EXPECT_GE_MSG(test, above, 0, "no phase \"%s\"", rule->above);
	KUNIT_EXPECT_GT_MSG(test, below, above,
			    "\"%s\" must be below \"%s\": %s",
			    rule->below, rule->above, rule->why);
}

static void tables_are_in_order(struct kunit *test)
{
	const struct stack *stack = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		check(test, stack, &rules[i]);
	for (i = 0; i < ARRAY_SIZE(slow_rules) && !stack->fast; i++)
		check(test, stack, &slow_rules[i]);
	for (i = 0; i < ARRAY_SIZE(fast_rules) && stack->fast; i++)
		check(test, stack, &fast_rules[i]);
	for (i = 0; i < ARRAY_SIZE(pv_rules); i++)
		if (!strncmp(stack->name, "PV", 2))
			check(test, stack, &pv_rules[i]);
}

/*
 * Each name must be unique, because fault injection and records identify a
 * phase only by its name.  "hypercall" is the bottom of the walk.
 */
static void tables_names_are_unique(struct kunit *test)
{
	const struct stack *stack = test->param_value;
	int t, i, seen = 0;

	for (t = 0; t < ARRAY_SIZE(stack->tables); t++)
		for (i = 0; i < stack->tables[t]->nr; i++, seen++) {
			const char *name = stack->tables[t]->phases[i].name;

			KUNIT_EXPECT_EQ_MSG(test, depth(stack, name), seen,
					    "two phases \"%s\"", name);
			KUNIT_EXPECT_STRNEQ(test, name, "hypercall");
		}

	/* Each phase makes two records, and the rendezvous makes two more. */
	KUNIT_EXPECT_LE(test, 2 * seen + 2, XEN_SUSPEND_MAX_RECORDS);
}

static void tables_phases_act(struct kunit *test)
{
	const struct stack *stack = test->param_value;
	int t, i;

	for (t = 0; t < ARRAY_SIZE(stack->tables); t++)
		for (i = 0; i < stack->tables[t]->nr; i++) {
			const struct xen_suspend_phase *p =
				&stack->tables[t]->phases[i];

			KUNIT_EXPECT_TRUE_MSG(test, p->suspend || p->resume,
					      "\"%s\" does nothing", p->name);
		}
}

static struct kunit_case tables_cases[] = {
	KUNIT_CASE_PARAM(tables_are_in_order, stack_gen_params),
	KUNIT_CASE_PARAM(tables_names_are_unique, stack_gen_params),
	KUNIT_CASE_PARAM(tables_phases_act, stack_gen_params),
	{}
};

static struct kunit_suite tables_suite = {
	.name = "xen_suspend_tables",
	.test_cases = tables_cases,
};

kunit_test_suite(tables_suite);
