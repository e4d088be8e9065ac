// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that sleep and have the flags of a task in direct reclaim, so that xen_suspend_faults()
 * takes them for tasks that wait for a disk: a kernel thread and, as long as it writes to the
 * parameter "seconds", a program.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>

static int run(void *unused)
{
	struct reclaim_state state = {};
	unsigned int flags = memalloc_noreclaim_save();

	current->reclaim_state = &state;
	while (!kthread_should_stop())
		msleep(20);
	current->reclaim_state = NULL;
	memalloc_noreclaim_restore(flags);
	return 0;
}

static int sleep_set(const char *value, const struct kernel_param *unused)
{
	unsigned int flags, seconds;
	int err = kstrtouint(value, 0, &seconds);

	if (err)
		return err;
	flags = memalloc_noreclaim_save();
	msleep_interruptible(1000 * seconds);
	memalloc_noreclaim_restore(flags);
	return 0;
}

static const struct kernel_param_ops sleep_ops = { .set = sleep_set };

module_param_cb(seconds, &sleep_ops, NULL, 0200);
MODULE_PARM_DESC(seconds, "How long the writer sleeps");

/* The thread is switched off for a test of the program alone. */
static bool thread = true;

module_param(thread, bool, 0444);
MODULE_PARM_DESC(thread, "Have a kernel thread sleep (Y)");

static struct task_struct *task;

static int __init reclaimer_init(void)
{
	if (!thread)
		return 0;
	task = kthread_run(run, NULL, "reclaimer");
	return PTR_ERR_OR_ZERO(task);
}

static void __exit reclaimer_exit(void)
{
	if (task)
		kthread_stop(task);
}

module_init(reclaimer_init);
module_exit(reclaimer_exit);
MODULE_DESCRIPTION("Sleep in reclaim");
MODULE_LICENSE("GPL");
