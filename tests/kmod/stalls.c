// SPDX-License-Identifier: GPL-2.0
/*
 * A task, a work item and an RCU grace period that last long, so that watchdogs report them. Each
 * parameter is a number of milliseconds, which also count while the guest is paused. No timer of the
 * timer wheel measures them: such a timer of 40 s can expire 2 s late.
 *
 * - A program that writes MS to "asleep" sleeps for MS, in state D: no signal wakes it up.
 * - After a write of MS to "busy", a work item occupies the last CPU. It begins 5 s after the write,
 *   and ends MS after the write. A second work item waits for it, and a grace period cannot end.
 */
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

static unsigned long busy_until;

static void waiting(struct work_struct *unused)
{
}

static DECLARE_WORK(waiting_work, waiting);

static void grace_period_end(struct rcu_head *head)
{
}

static struct rcu_head grace_period;

static void busy(struct work_struct *unused)
{
	schedule_work_on(smp_processor_id(), &waiting_work);
	call_rcu(&grace_period, grace_period_end);
	/* Otherwise a second worker would take the other item. This is a reader of RCU, too. */
	preempt_disable();
	while (time_before(jiffies, READ_ONCE(busy_until)))
		cpu_relax();
	preempt_enable();
}

static DECLARE_DELAYED_WORK(busy_work, busy);

static int asleep_set(const char *value, const struct kernel_param *unused)
{
	unsigned int ms;
	int err = kstrtouint(value, 0, &ms);
	ktime_t time;

	if (err)
		return err;
	time = ms_to_ktime(ms);
	/* The other parameter has the same lock. */
	kernel_param_unlock(THIS_MODULE);
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_hrtimeout(&time, HRTIMER_MODE_REL);
	kernel_param_lock(THIS_MODULE);
	return 0;
}

static int busy_set(const char *value, const struct kernel_param *unused)
{
	unsigned int ms;
	int err = kstrtouint(value, 0, &ms);

	if (err)
		return err;
	WRITE_ONCE(busy_until, jiffies + msecs_to_jiffies(ms));
	schedule_delayed_work_on(cpumask_last(cpu_online_mask), &busy_work, 5 * HZ);
	return 0;
}

static const struct kernel_param_ops asleep_ops = { .set = asleep_set }, busy_ops = { .set = busy_set };

module_param_cb(asleep, &asleep_ops, NULL, 0200);
MODULE_PARM_DESC(asleep, "How long the writer sleeps, in ms");
module_param_cb(busy, &busy_ops, NULL, 0200);
MODULE_PARM_DESC(busy, "Until how long after this the last CPU is busy, in ms");

static int __init stalls_init(void)
{
	return 0;
}

static void __exit stalls_exit(void)
{
	flush_delayed_work(&busy_work);
	flush_work(&waiting_work);
	rcu_barrier();
}

module_init(stalls_init);
module_exit(stalls_exit);
MODULE_DESCRIPTION("A task, a workqueue and a grace period that watchdogs look for");
MODULE_LICENSE("GPL");
