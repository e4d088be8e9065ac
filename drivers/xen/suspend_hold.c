// SPDX-License-Identifier: GPL-2.0
/*
 * Keep programs from running in a new domain until the clocks are set, the event channels and
 * grants of programs are marked stale, and frontends have been resumed.
 *
 * The slow walk has frozen tasks before the save.  The fast walk has not, so after a restore
 * the code here sends programs to the freezer while the machine is stopped.  A task freezes
 * before it returns to user mode.  xenwatch does not wait until tasks are frozen, because
 * some of them wait for a disk that xenwatch connects later.
 *
 * On a busy vCPU there may always be a task that was preempted while it held mmap_lock, for
 * which the phase `faults` refuses.  After some attempts, xenwatch sends programs to the
 * freezer before the stop as well.  Tasks that are in the kernel leave it, and no program
 * enters it.
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
 * A task checks pm_freezing only while the static key freezer_active is not zero.  The first
 * increment of the key patches code, which interrupts each vCPU several times, and is
 * impossible while the machine is stopped.  So increment the key before the stop.  Checkpoints
 * come in series, so a worker decrements the key only ten seconds after the last suspend.
 */
#define COUNTED_FOR	(10 * HZ)

static DEFINE_MUTEX(counted_lock);
static bool counted;	/* this file has incremented freezer_active */
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

/*
 * Increment freezer_active, unless this file has done so already.  Do not wait for the lock
 * of CPU hotplug, because its holder may wait for a disk.
 */
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
 * Return: 0, or -EAGAIN if a vCPU is being taken offline or online, or if counted_work is
 *	running.
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

/* freeze_task() ignores kernel threads, because pm_freezing does not apply to them. */
static void hold(struct task_struct *p)
{
	freeze_task(p);
}

/**
 * xen_hold_programs - send programs to the freezer
 *
 * A program that is in the kernel freezes when it returns to user mode.  xen_resume_programs()
 * thaws the programs.
 *
 * Context: Process context, or vCPU 0 with all others parked; after xen_suspend_programs().  A
 *	task that holds a lock taken here cannot be preempted, so no parked vCPU holds one.
 */
void xen_hold_programs(void)
{
	pm_freezing = true;
	with_all_tasks(hold);
}

/**
 * xen_resume_hold - send programs to the freezer after a restore
 * @s: the suspend
 *
 * Context: vCPU 0, all others parked, way up; event channels work again.
 */
void xen_resume_hold(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_hold_programs();
}

/**
 * xen_resume_programs - thaw programs, if they were sent to the freezer
 * @s: the suspend
 *
 * Context: xenwatch (process context, may sleep), under system_transition_mutex, which
 *	keeps out all other users of the freezer.
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
