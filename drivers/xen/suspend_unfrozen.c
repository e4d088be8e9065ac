// SPDX-License-Identifier: GPL-2.0
/*
 * Freeze tasks, name the task that cannot be frozen, and stop the freezer in time.
 *
 * If freezing fails, the freezer thaws tasks before it returns, and only the kernel log names the
 * task that did not freeze.  So a worker, which does not freeze, looks for this task while the
 * freezer runs.
 *
 * An administrator may let the freezer run for minutes (/sys/power/pm_freeze_timeout).  Tasks must
 * not stay frozen after the toolstack has given up, so the worker aborts the freezer at that time.
 */
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>

/* Time between two checks.  Short compared to pm_freeze_timeout, which is 20 s by default. */
#define PERIOD (HZ / 10)

static void unfrozen_check(struct work_struct *work);

/* Written by xenwatch before it queues the work, and then by the worker. */
static struct {
	struct delayed_work work;
	const bool *runs;
	char name[TASK_COMM_LEN];
	ktime_t until;
	bool ran;
	bool aborted;
} unfrozen = {
	.work = __DELAYED_WORK_INITIALIZER(unfrozen.work, unfrozen_check, 0),
};

static void unfrozen_find(char *name)
{
	struct task_struct *g, *p;

	for_each_process_thread(g, p) {
		if (!freezing(p) || frozen(p))
			continue;
		strscpy(name, p->comm, TASK_COMM_LEN);
		return;
	}
}

/* Context: a worker, which is not freezable. */
static void unfrozen_check(struct work_struct *work)
{
	char name[TASK_COMM_LEN] = "";
	bool runs;

	rcu_read_lock();
	unfrozen_find(name);
	rcu_read_unlock();
	/*
	 * Do nothing while freeze_processes() waits for user mode helpers: it clears pending
	 * wakeup events after that.  While it thaws tasks, keep the last name.
	 */
	runs = READ_ONCE(*unfrozen.runs);
	if (runs)
		strscpy(unfrozen.name, name);

	/* Tasks have had PERIOD to freeze, so a task that was found now cannot be frozen. */
	if (runs && unfrozen.ran && !unfrozen.aborted &&
	    ktime_after(ktime_get_boottime(), unfrozen.until)) {
		pm_system_wakeup();
		unfrozen.aborted = true;
	}
	unfrozen.ran = runs;
	schedule_delayed_work(&unfrozen.work, PERIOD);
}

/**
 * xen_suspend_freeze - freeze tasks, or name the task that cannot be frozen
 * @s: the suspend; @s->culprit is set if @freeze fails
 * @freeze: freeze_processes() or freeze_kernel_threads()
 * @unknown: the culprit if the worker found no task
 *
 * The culprit is the task that the worker found at its last check, or @unknown if it found none
 * then.  After s->request->freeze_until, the worker aborts the freezer.
 *
 * Context: xenwatch, process context, may sleep.
 * Return: the value that @freeze returns; -EBUSY if it was aborted.
 */
int xen_suspend_freeze(struct xen_suspend *s, int (*freeze)(void), const char *unknown)
{
	int err;

	unfrozen.runs = freeze == freeze_processes ? &pm_freezing : &pm_nosig_freezing;
	*unfrozen.name = '\0';
	unfrozen.until = s->request ? s->request->freeze_until : KTIME_MAX;
	unfrozen.ran = false;
	unfrozen.aborted = false;
	/* Check soon, because the freezer may fail before PERIOD is over. */
	schedule_delayed_work(&unfrozen.work, 1);
	err = freeze();
	cancel_delayed_work_sync(&unfrozen.work);
	if (unfrozen.aborted)
		pm_system_cancel_wakeup();
	if (err)
		strscpy(s->culprit, *unfrozen.name ? unfrozen.name : unknown);
	return err;
}
