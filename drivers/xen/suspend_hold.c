// SPDX-License-Identifier: GPL-2.0
/*
 * No program runs in a new domain before that is in order: its clocks set, its handles
 * known to be gone, its devices on their way.
 *
 * Where tasks were frozen before, they stay so until then.  Where they were not, this
 * sends them to the freezer while the machine is stopped: each goes there instead of to
 * its program, and those that are in the kernel as soon as they leave it.  Nobody waits
 * for them, as some of them wait for a disk that is to be connected first.
 *
 * On a busy vCPU there may always be a task that was preempted while it held mmap_lock.  Then
 * tasks are sent to the freezer before the stop, too: those that are in the kernel leave it,
 * and no other enters it.
 */
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>

/*
 * A task looks at pm_freezing only while somebody is counted in freezer_active.  The first one
 * to be counted has code patched, which interrupts each vCPU several times, and cannot be done
 * while the machine is stopped.  So a suspend is counted before it stops the machine, and for
 * ten seconds after it, since checkpoints come in series.
 */
#define COUNTED_FOR	(10 * HZ)

static DEFINE_MUTEX(counted_lock);
static bool counted;	/* in freezer_active */
static bool walking;	/* between xen_suspend_programs() and xen_resume_programs() */

static void count_no_longer(struct work_struct *unused)
{
	mutex_lock(&counted_lock);
	if (counted && !READ_ONCE(walking)) {
		counted = false;
		static_branch_dec(&freezer_active);
	}
	mutex_unlock(&counted_lock);
}

static DECLARE_DELAYED_WORK(counted_work, count_no_longer);

/* Do not wait for the lock of vCPU hotplug: its holder may wait for a disk. */
static int count(void)
{
	if (counted)
		return 0;
	if (!cpus_read_trylock())
		return -EAGAIN;
	static_branch_inc_cpuslocked(&freezer_active);
	cpus_read_unlock();
	counted = true;
	return 0;
}

/**
 * xen_suspend_programs - prepare to send programs to the freezer
 * @s: the suspend
 *
 * Context: xenwatch (process context, may sleep), under system_transition_mutex.
 * Return: 0, or -EAGAIN when a vCPU is just being taken offline or online, or the worker above
 *	is at it.
 */
int xen_suspend_programs(struct xen_suspend *s)
{
	int err;

	if (!mutex_trylock(&counted_lock))
		return -EAGAIN;
	err = count();
	if (!err)
		WRITE_ONCE(walking, true);
	mutex_unlock(&counted_lock);
	return err;
}

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
 * xen_hold_programs - send programs to the freezer
 *
 * A program that is in the kernel gets there later.  xen_resume_programs() lets programs go on.
 *
 * Context: Process context, or vCPU 0 with all others parked; after xen_suspend_programs().  No
 *	task holds one of the locks taken and can be preempted.
 */
void xen_hold_programs(void)
{
	pm_freezing = true;
	with_all_tasks(hold);
}

/**
 * xen_resume_hold - send programs to the freezer, in a new domain
 * @s: the suspend
 *
 * Context: vCPU 0, all others parked, way up; event channels at work.
 */
void xen_resume_hold(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_hold_programs();
}

/**
 * xen_resume_programs - have programs go on, if they were sent to the freezer
 * @s: the suspend
 *
 * Context: xenwatch (process context, may sleep), under system_transition_mutex, which
 *	keeps out whoever else freezes tasks.
 */
void xen_resume_programs(struct xen_suspend *s)
{
	if (pm_freezing) {
		pm_freezing = false;
		with_all_tasks(__thaw_task);
	}
	WRITE_ONCE(walking, false);
	mod_delayed_work(system_percpu_wq, &counted_work, COUNTED_FOR);
}
