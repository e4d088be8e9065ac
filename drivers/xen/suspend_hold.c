// SPDX-License-Identifier: GPL-2.0
/*
 * No program runs in a new domain before that is in order: its clocks set, its handles
 * known to be gone, its devices on their way.
 *
 * Where tasks were frozen before, they stay so until then.  Where they were not, this
 * sends them to the freezer while the machine is stopped: each goes there instead of to
 * its program, and those that are in the kernel as soon as they leave it.  Nobody waits
 * for them, as some of them wait for a disk that is to be connected first.
 */
#include <linux/freezer.h>
#include <linux/init.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include <xen/suspend.h>

static void with_all_tasks(void (*fn)(struct task_struct *p))
{
	struct task_struct *g, *p;

	rcu_read_lock();
	for_each_process_thread(g, p)
		fn(p);
	rcu_read_unlock();
}

/* Kernel threads are not freezing, by what pm_freezing says. */
static void hold(struct task_struct *p)
{
	freeze_task(p);
}

/**
 * xen_resume_hold - send programs to the freezer, in a new domain
 * @s: the suspend
 *
 * And who is in the kernel, and gets there later, is not to wait for a disk on the way.
 *
 * Context: vCPU 0, all others parked, way up; event channels at work.  Of the locks taken
 *	none is held by whoever may be preempted.
 */
void xen_resume_hold(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	xen_suspend_forbid_io();
	pm_freezing = true;
	with_all_tasks(hold);
}

/**
 * xen_resume_programs - have programs go on
 * @s: the suspend
 *
 * Context: xenwatch (process context, may sleep), under system_transition_mutex, which
 *	keeps out whoever else freezes tasks.
 */
void xen_resume_programs(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	pm_freezing = false;
	with_all_tasks(__thaw_task);
}

/*
 * With the machine stopped, nothing can be patched: so tasks look at pm_freezing all the
 * time.
 */
static int __init hold_init(void)
{
	if (xen_suspend_wants_fast())
		static_branch_inc(&freezer_active);
	return 0;
}
late_initcall(hold_init);
