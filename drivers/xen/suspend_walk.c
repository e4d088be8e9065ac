// SPDX-License-Identifier: GPL-2.0
/*
 * The suspend engine: walk down a table of phases, call the bottom, and come
 * back up through exactly the phases that went down.
 *
 * On the way up, the code here runs before the clock works (I6).  So it neither
 * prints nor reads sched_clock, and it traces callbacks only of tables in which
 * "traced" is set.  Records keep the errors, and suspend_stats.c reports them
 * after the walk.
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

/* The state that a callback must leave unchanged (I4). */
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
 * Restore the interrupt and preemption state if a callback has changed it, so
 * that other phases run in the right context.  Return true if it was changed.
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
 * xen_suspend_record - keep the record of a step
 * @s: the suspend
 * @record: the record, which is copied; dropped if @s has no room for it,
 *	because a lost record must not make the suspend fail
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
 * xen_suspend_fault_at - inject the fault that a test has set for a step
 * @s: the suspend
 * @name: the step that is about to run
 *
 * Context: Any.  A fault with a delay: process context, where timers may have
 *	stopped already.
 * Return: the error of the fault, once, if it is set for @name; else 0.
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

/* Measures a callback, from account_open() before it to account_close(). */
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
 * @table: the table, whose phases are in the order of the save
 * @bottom: called when all phases have suspended; it walks another table, or
 *	makes the hypercall
 *
 * On the way up, exactly the phases that have suspended resume (I1), in reverse
 * order (I2), whether @bottom succeeded or not.
 *
 * Context: The context of the table; @bottom may change it for a nested walk.
 * Return: 0, or the -errno of the phase or of @bottom.
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
		done--;		/* the phase that failed has undone its work */
	else
		err = bottom(s);

	while (done--)
		phase_up(s, table, &table->phases[done]);
	return err;
}
