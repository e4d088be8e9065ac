// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that sleeps and has the flags of a task in direct reclaim, so that
 * xen_suspend_faults() takes it for a task that waits for a disk.
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

static struct task_struct *task;

static int __init reclaimer_init(void)
{
	task = kthread_run(run, NULL, "reclaimer");
	return PTR_ERR_OR_ZERO(task);
}

static void __exit reclaimer_exit(void)
{
	kthread_stop(task);
}

module_init(reclaimer_init);
module_exit(reclaimer_exit);
MODULE_DESCRIPTION("Sleeps in reclaim");
MODULE_LICENSE("GPL");
