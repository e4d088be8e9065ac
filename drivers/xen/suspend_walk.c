// SPDX-License-Identifier: GPL-2.0
/*
 * The suspend engine: walk down a table of phases, call the bottom, and come
 * back up through exactly the phases that went down.
 *
 * On the way up this runs before the clock does (I6).  So nothing here prints
 * or reads sched_clock, and callbacks are traced only in tables that say that
 * they can be.  What went wrong is kept in records, and suspend_stats.c
 * reports it once the walk is over.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>

#include <trace/events/power.h>

#include <xen/suspend.h>

/* What a callback must leave as it found it (I4). */
struct balance {
	bool irqs_off;
	int preempt;
};

static struct balance balance_get(void)
{
	return (struct balance) {
		.irqs_off = irqs_disabled(),
		.preempt = preempt_count(),
	};
}

/*
 * Put back what a callback left changed, so that one broken phase does not
 * run the others in a context they were not written for.
 */
static bool balance_repair(struct balance want)
{
	bool broken = false;

	if (preempt_count() != want.preempt) {
		preempt_count_set(want.preempt);
		broken = true;
	}
	if (irqs_disabled() != want.irqs_off) {
		if (want.irqs_off)
			local_irq_disable();
		else
			local_irq_enable();
		broken = true;
	}
	return broken;
}

/**
 * xen_suspend_record - keep what a step cost
 * @s: the suspend
 * @record: copied; dropped when @s is full, since a lost record must never
 *	cost the guest
 *
 * Context: Any, including stopped machine with the clock down.
 */
void xen_suspend_record(struct xen_suspend *s,
			const struct xen_suspend_record *record)
{
	if (s->nr_records < XEN_SUSPEND_MAX_RECORDS)
		s->records[s->nr_records++] = *record;
}

/**
 * xen_suspend_fault_at - is something to go wrong here, for a test?
 * @s: the suspend
 * @name: the step
 *
 * Context: Any.  If it is to be slow: process context, where timers may have
 *	stopped already.
 * Return: once, for the step that was named, what it is to return; else 0.
 */
int xen_suspend_fault_at(struct xen_suspend *s, const char *name)
{
	ktime_t end;

	if (likely(!s->fault.phase) || strcmp(s->fault.phase, name))
		return 0;
	s->fault.phase = NULL;
	if (!s->fault.delay_ms)
		return s->fault.err;
	end = ktime_add_ms(ktime_get(), s->fault.delay_ms);
	while (ktime_before(ktime_get(), end)) {
		mdelay(1);
		cond_resched();
	}
	return s->fault.err;
}

/* A callback's account: opened before it runs, closed after. */
struct account {
	struct xen_suspend_record record;
	struct balance balance;
	bool traced;
	u64 start;
};

static void account_open(struct account *a,
			 const struct xen_suspend_table *table,
			 const struct xen_suspend_phase *phase, bool up)
{
	*a = (struct account) {
		.record = {
			.level = table->name,
			.phase = phase->name,
			.up = up,
		},
		.balance = balance_get(),
		.traced = table->traced,
	};
	if (a->traced)
		trace_suspend_resume(phase->name, up, true);
	a->start = get_cycles();
}

static void account_close(struct account *a, struct xen_suspend *s, int err)
{
	a->record.cycles = get_cycles() - a->start;
	a->record.err = err;
	a->record.unbalanced = balance_repair(a->balance);
	if (a->traced)
		trace_suspend_resume(a->record.phase, a->record.up, false);
	xen_suspend_record(s, &a->record);
}

static int phase_down(struct xen_suspend *s,
		      const struct xen_suspend_table *table,
		      const struct xen_suspend_phase *phase)
{
	struct account account;
	int err;

	account_open(&account, table, phase, false);
	err = xen_suspend_fault_at(s, phase->name);
	if (!err && phase->suspend)
		err = phase->suspend(s);
	account_close(&account, s, err);

	if (err)
		s->failed = phase->name;
	return err;
}

static void phase_up(struct xen_suspend *s,
		     const struct xen_suspend_table *table,
		     const struct xen_suspend_phase *phase)
{
	struct account account;

	account_open(&account, table, phase, true);
	if (phase->resume)
		phase->resume(s);
	account_close(&account, s, 0);
}

/**
 * xen_suspend_walk - go down a table, call the bottom, and come back up
 * @s: the suspend
 * @table: its phases, in the order of the save
 * @bottom: what to do once all phases are down: another walk, or the
 *	hypercall
 *
 * On the way up, a phase resumes if and only if it suspended (I1), in exact
 * reverse (I2), whether the bottom succeeded or not.
 *
 * Context: That of the table; @bottom may change it and nest another walk.
 * Return: 0, or the -errno of the phase or bottom that refused.
 */
int xen_suspend_walk(struct xen_suspend *s,
		     const struct xen_suspend_table *table,
		     int (*bottom)(struct xen_suspend *s))
{
	unsigned int done;
	int err = 0;

	for (done = 0; done < table->nr && !err; done++)
		err = phase_down(s, table, &table->phases[done]);

	if (err)
		done--;		/* it has undone itself */
	else
		err = bottom(s);

	while (done--)
		phase_up(s, table, &table->phases[done]);
	return err;
}
