// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that xen_suspend_faults() detects. A kernel thread has the flags of a task in direct
 * reclaim, and sleeps, as if it waited for a disk. A program that writes to the parameter
 * "reclaim" does the same. A program that writes to the parameter "lock" holds its mmap_lock.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mmap_lock.h>
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

static int reclaim_set(const char *value, const struct kernel_param *unused)
{
	unsigned int flags, seconds;
	int err = kstrtouint(value, 0, &seconds);

	if (err)
		return err;
	flags = memalloc_noreclaim_save();
	msleep(1000 * seconds);
	memalloc_noreclaim_restore(flags);
	return 0;
}

static const struct kernel_param_ops reclaim_ops = { .set = reclaim_set };

module_param_cb(reclaim, &reclaim_ops, NULL, 0200);
MODULE_PARM_DESC(reclaim, "How long the writer sleeps in reclaim, in seconds");

static int lock_set(const char *value, const struct kernel_param *unused)
{
	unsigned int ms;
	int err = kstrtouint(value, 0, &ms);

	if (err)
		return err;
	mmap_write_lock(current->mm);
	msleep(ms);
	mmap_write_unlock(current->mm);
	return 0;
}

static const struct kernel_param_ops lock_ops = { .set = lock_set };

module_param_cb(lock, &lock_ops, NULL, 0200);
MODULE_PARM_DESC(lock, "How long the writer holds its mmap_lock, in ms");

/* With thread=0, there is no kernel thread, so that a case can test programs alone. */
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
MODULE_DESCRIPTION("Tasks in reclaim or with mmap_lock");
MODULE_LICENSE("GPL");
