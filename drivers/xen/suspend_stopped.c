// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest: stop all other vCPUs, and run the phases for which
 * they must be stopped.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/stop_machine.h>
#include <linux/syscore_ops.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>

#include <trace/events/power.h>

#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

/*
 * Stopped phases.  Context of each: vCPU 0, interrupts off, all other vCPUs
 * stopped in stop_machine(), or parked in Xen in the fast walk.  No sleeping,
 * no allocation, no lock that one of these vCPUs may hold (I5).
 */

/*
 * Refuse after the deadline of the request: the toolstack has given up, and would
 * not resume the domain.  A busy host, or `xl pause`, may have delayed this domain
 * since the request.
 */
static int deadline_suspend(struct xen_suspend *s)
{
	if (s->request &&
	    ktime_after(ktime_get_boottime(), s->request->deadline))
		return -ETIME;
	return 0;
}

/* Refuse if the toolstack has given up.  After this check, it cannot withdraw the request. */
static int toolstack_suspend(struct xen_suspend *s)
{
	if (s->request && s->request->wanted && !s->request->wanted(s->request))
		return -ECANCELED;
	return 0;
}

/*
 * Refuse while a task is ready to run but does not run, if the kernel preempts
 * itself.  Such a task may be a kernel thread that does not freeze, and that was
 * preempted in the middle of a page table update (I10).
 */
static int stragglers_suspend(struct xen_suspend *s)
{
	struct task_struct *p, *t;
	int err = 0;

	if (!xen_pv_domain() || !preempt_model_preemptible())
		return 0;

	rcu_read_lock();
	for_each_process_thread(p, t) {
		if (!t->on_rq || t->se.sched_delayed || task_curr(t) ||
		    t == s->walker)
			continue;
		snprintf(s->culprit, sizeof(s->culprit), "%s:%d", t->comm,
			 t->pid);
		err = -EAGAIN;
		goto out;
	}
out:
	rcu_read_unlock();
	return err;
}

/*
 * After a restore, reseed random numbers and renew the id, before other code runs that
 * could draw the same random numbers as another domain of this image.
 */
static void identity_resume(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	xen_suspend_reseed();
	xen_suspend_identity_renew();
}

/*
 * Programs that draw timelines of hibernation take "machine_suspend" for the time
 * when nothing runs.  Trace it here, and not below: below this phase, a new domain may
 * have no event channels yet, so a trace event could not wake its reader.
 */
static int syscore_phase_suspend(struct xen_suspend *s)
{
	int err = syscore_suspend();

	if (!err)
		trace_suspend_resume(TPS("machine_suspend"),
				     PM_EVENT_HIBERNATE, true);
	return err;
}

static void syscore_phase_resume(struct xen_suspend *s)
{
	trace_suspend_resume(TPS("machine_suspend"), PM_EVENT_HIBERNATE, false);
	syscore_resume();
}

/* In a new domain, Xen runs a periodic timer of 100 Hz.  Stop this timer. */
static void timers_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_timer_resume();
}

static void channels_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_evtchn_rebind_all();
}

/* The fast walk does not suspend irqs, so no phase above would unmask the new ports. */
static void parked_channels_resume(struct xen_suspend *s)
{
	channels_resume(s);
	if (xen_suspend_restored(s))
		xen_evtchn_unmask_enabled();
}

static int runstate_suspend(struct xen_suspend *s)
{
	xen_runstate_save();
	xen_steal_suspend();
	return 0;
}

/*
 * In a new domain, Xen counts runstate times from zero, so add the old times.
 * In the same domain, Xen continues to count.  In both cases, the time away must
 * not count as stolen time.
 */
static void runstate_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_runstate_accumulate();
	if (s->outcome != XEN_SUSPEND_ABORTED)
		xen_steal_resume(xen_suspend_restored(s));
}

static const struct xen_suspend_phase stopped_phases[] = {
	{ "deadline",	   deadline_suspend,	   NULL },
	{ "toolstack",	   toolstack_suspend,	   NULL },
	{ "stragglers",	   stragglers_suspend,	   NULL },
	{ "identity",	   NULL,		   identity_resume },
	{ "syscore",	   syscore_phase_suspend,  syscore_phase_resume },
	{ "timers",	   NULL,		   timers_resume },
	{ "event channels", NULL,		   channels_resume },
	{ "grants",	   gnttab_suspend_frames,  gnttab_resume_frames },
	{ "runstate",	   runstate_suspend,	   runstate_resume },
};

const struct xen_suspend_table xen_suspend_stopped_table =
	XEN_SUSPEND_TABLE("stopped", stopped_phases);

/* The phases below the fast table: no task is frozen, and no device is suspended. */
static const struct xen_suspend_phase parked_phases[] = {
	{ "deadline",	   deadline_suspend,	   NULL },
	{ "toolstack",	   toolstack_suspend,	   NULL },
	{ "faults",	   xen_suspend_faults,	   NULL },
	{ "hold",	   NULL,		   xen_resume_hold },
	{ "rings",	   xen_suspend_rings,	   xen_resume_rings },
	{ "identity",	   NULL,		   identity_resume },
	{ "syscore",	   syscore_phase_suspend,  syscore_phase_resume },
	{ "timers",	   NULL,		   timers_resume },
	{ "event channels", NULL,		   parked_channels_resume },
	{ "grants",	   gnttab_suspend_frames,  gnttab_resume_frames },
	{ "runstate",	   runstate_suspend,	   runstate_resume },
};

const struct xen_suspend_table xen_suspend_parked_table =
	XEN_SUSPEND_TABLE("parked", parked_phases);

/* Record how long the vCPUs took to stop, or to continue. */
static void record_rendezvous(struct xen_suspend *s, bool up)
{
	s64 cycles = get_cycles() - s->stamp;

	xen_suspend_record(s, &(struct xen_suspend_record) {
		.level = "stopped",
		.phase = "rendezvous",
		/* The time stamps are from two vCPUs, whose TSCs may differ. */
		.cycles = max_t(s64, cycles, 0),
		.up = up,
	});
}

static int walk_arch(struct xen_suspend *s)
{
	return xen_suspend_walk(s, xen_suspend_arch_table(),
				xen_suspend_enter);
}

/* Context: stop_machine(), vCPU 0. */
static int stopped(void *data)
{
	struct xen_suspend *s = data;
	int err;

	record_rendezvous(s, false);
	err = xen_suspend_walk(s, &xen_suspend_stopped_table, walk_arch);
	s->stamp = get_cycles();
	return err;
}

/*
 * Stop the machine, and suspend on vCPU 0, on whichever vCPU xenwatch runs:
 * toolstacks return the result of the hypercall to vCPU 0 only.
 */
static int stop_once(struct xen_suspend *s)
{
	int err;

	s->stamp = get_cycles();
	err = stop_machine(stopped, s, cpumask_of(0));
	record_rendezvous(s, true);
	return err;
}

/*
 * Turn success into -EIO if the hypercall was not made.  For an error without a phase, name
 * the rendezvous.
 */
static int conclude(struct xen_suspend *s, int err)
{
	if (!err && s->outcome == XEN_SUSPEND_ABORTED)
		err = -EIO;
	if (err && !s->failed)
		s->failed = "rendezvous";
	return err;
}

/**
 * xen_suspend_stop - stop the machine, and walk the stopped table
 * @s: the suspend
 *
 * If `stragglers` refuses, try up to 100 times, 1 ms apart, to let kernel threads
 * reach a schedule point.  Spin in between: ticks are stopped on all vCPUs but 0, so
 * a timer might not expire.  Kernel threads on this vCPU run while stop_machine()
 * waits.
 *
 * Context: xenwatch (process context), all thread phases down.
 * Return: 0 or -errno.
 */
int xen_suspend_stop(struct xen_suspend *s)
{
	unsigned int nr_records = s->nr_records;
	int tries = 100;
	int err;

	/* `stragglers` must ignore this thread, which waits in stop_machine(). */
	s->walker = current;
	/* Retry only for `stragglers`, the only stopped phase that sets the culprit. */
	while ((err = stop_once(s)) == -EAGAIN && *s->culprit && --tries) {
		s->nr_records = nr_records;
		s->failed = NULL;
		*s->culprit = '\0';
		mdelay(1);
	}

	return conclude(s, err);
}

static int parked(struct xen_suspend *s)
{
	int err;

	record_rendezvous(s, false);
	err = xen_suspend_walk(s, &xen_suspend_parked_table, walk_arch);
	s->stamp = get_cycles();
	return err;
}

static int park(void *data)
{
	return xen_park_vcpus(parked, data);
}

/*
 * Park the other vCPUs, and suspend on vCPU 0.  If xenwatch runs on vCPU 0 already, do not
 * wake the stopper thread: xenwatch is at a schedule point, too.
 */
static int park_once(struct xen_suspend *s)
{
	int err;

	s->stamp = get_cycles();
	if (get_cpu() == 0) {
		err = park(s);
		put_cpu();
	} else {
		put_cpu();
		err = stop_one_cpu(0, park, s);
	}
	record_rendezvous(s, true);
	return err;
}

/* After this many attempts, send programs to the freezer, so that they leave the kernel. */
#define HOLD_AFTER 10

/**
 * xen_suspend_park - park all other vCPUs in Xen, and walk the parked table
 * @s: the suspend
 *
 * While `faults` finds a task in a page fault or in reclaim, retry for a second.
 *
 * Context: xenwatch (process context, may sleep), all phases of the fast table down.
 * Return: 0 or -errno.
 */
int xen_suspend_park(struct xen_suspend *s)
{
	unsigned int nr_records = s->nr_records;
	unsigned long end = jiffies + HZ;
	unsigned int attempts = 0, gap = 500;	/* us */
	int err;

	/*
	 * Only `faults` sets the culprit.  The task that `faults` has found may wait for a
	 * disk, or fork a large process.  Each attempt stops all vCPUs for a moment, so
	 * lengthen the gap between attempts.
	 */
	while ((err = park_once(s)) == -EAGAIN && *s->culprit &&
	       time_before(jiffies, end)) {
		s->nr_records = nr_records;
		s->failed = NULL;
		*s->culprit = '\0';
		if (++attempts == HOLD_AFTER)
			xen_hold_programs();
		usleep_range(gap, 2 * gap);
		gap = min(gap + gap / 4, 16000);
	}

	return conclude(s, err);
}
