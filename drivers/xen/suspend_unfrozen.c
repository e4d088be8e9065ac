// SPDX-License-Identifier: GPL-2.0
/*
 * Freeze tasks, name the task that cannot be frozen, and stop the freezer in time.
 *
 * A freezer that fails thaws all tasks before it returns, and only the kernel log says which task
 * did not freeze.  So a worker looks for this task ten times a second while the freezer runs.  No
 * freezer freezes this worker.
 *
 * An administrator may let the freezer run for minutes (/sys/power/pm_freeze_timeout).  When the
 * toolstack has given up, tasks must not stay frozen.  So the worker aborts the freezer, as a
 * wake-up event does.
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

#define PERIOD (HZ / 10)

static void unfrozen_look(struct work_struct *work);

/* Written by xenwatch while the work is not queued, and else by the worker. */
static struct {
	struct delayed_work work;
	char name[TASK_COMM_LEN];
	ktime_t until;
	bool aborted;
} unfrozen = {
	.work = __DELAYED_WORK_INITIALIZER(unfrozen.work, unfrozen_look, 0),
};

static void unfrozen_find(void)
{
	struct task_struct *g, *p;

	for_each_process_thread(g, p) {
		if (!freezing(p) || frozen(p))
			continue;
		strscpy(unfrozen.name, p->comm);
		return;
	}
}

/* Context: a worker, which does not freeze. */
static void unfrozen_look(struct work_struct *work)
{
	rcu_read_lock();
	unfrozen_find();
	rcu_read_unlock();
	unfrozen.aborted = ktime_after(ktime_get_boottime(), unfrozen.until);
	if (unfrozen.aborted)
		pm_system_wakeup();
	else
		schedule_delayed_work(&unfrozen.work, PERIOD);
}

/**
 * xen_suspend_freeze - freeze tasks, or name the one that cannot be frozen
 * @s: the suspend; @s->culprit is set if @freeze fails
 * @freeze: freeze_processes() or freeze_kernel_threads()
 * @unknown: the culprit if no task refuses
 *
 * The culprit is a task that was not frozen 0.1 s or less before the freezer gave up.  The freezer
 * is aborted when there will be no further attempt for this request.
 *
 * Context: xenwatch, process context, may sleep.
 * Return: what @freeze returns; -EBUSY if it was aborted.
 */
int xen_suspend_freeze(struct xen_suspend *s, int (*freeze)(void), const char *unknown)
{
	int err;

	*unfrozen.name = '\0';
	unfrozen.until = s->request ? s->request->retry_until : KTIME_MAX;
	unfrozen.aborted = false;
	/* An attempt may be short. */
	schedule_delayed_work(&unfrozen.work, 1);
	err = freeze();
	cancel_delayed_work_sync(&unfrozen.work);
	if (unfrozen.aborted)
		pm_system_cancel_wakeup();
	if (err)
		strscpy(s->culprit, *unfrozen.name ? unfrozen.name : unknown);
	return err;
}
