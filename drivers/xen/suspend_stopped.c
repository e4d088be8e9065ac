// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest: stopping the machine, and the phases that run then.
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
 * parked in stop_machine().  No sleeping, no allocation, no lock that a
 * parked vCPU may hold (I5).
 */

/*
 * A domain that suspends when a toolstack has given up is resumed by nobody.
 * Between the request and here, anything may have held this domain up: a host
 * that is busy, or `xl pause`.
 */
static int deadline_suspend(struct xen_suspend *s)
{
	if (s->request &&
	    ktime_after(ktime_get_boottime(), s->request->deadline))
		return -ETIME;
	return 0;
}

/* Nothing that a toolstack does after this takes the request back. */
static int toolstack_suspend(struct xen_suspend *s)
{
	if (s->request && s->request->wanted && !s->request->wanted(s->request))
		return -ECANCELED;
	return 0;
}

/*
 * A kernel thread that does not freeze may have been preempted anywhere, if the
 * kernel preempts: in the middle of a page table update, too (I10).  Those that
 * are ready to run, and do not, are suspect.
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
 * Before anything else runs, so that none of it does what another domain of the same
 * image does.
 */
static void identity_resume(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	xen_suspend_reseed();
	xen_suspend_identity_renew();
}

/*
 * To those who draw timelines of hibernation, "machine_suspend" is the time when
 * nothing runs. Nor could a trace event wake its reader below this phase, where
 * event channels may be gone.
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

/* A new domain is born with its 100 Hz tick running. */
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

/* Of irqs that were not suspended, no phase above resumes any. */
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
 * A new domain counts from zero; the old one just counts on.  In both, the time
 * away was stolen by nobody.
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

/* Below the fast table: no task is frozen, no device suspended. */
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

/* How long the vCPUs took to meet, or to part again. */
static void record_rendezvous(struct xen_suspend *s, bool up)
{
	s64 cycles = get_cycles() - s->stamp;

	xen_suspend_record(s, &(struct xen_suspend_record) {
		.level = "stopped",
		.phase = "rendezvous",
		/* Two vCPUs' TSCs; theirs may disagree. */
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
 * vCPU 0, because toolstacks hand the hypercall's result to vCPU 0 only,
 * whichever vCPU xenwatch happens to run on.
 */
static int stop_once(struct xen_suspend *s)
{
	int err;

	s->stamp = get_cycles();
	err = stop_machine(stopped, s, cpumask_of(0));
	record_rendezvous(s, true);
	return err;
}

/* Never take a walk that did not happen for one that did. */
static int conclude(struct xen_suspend *s, int err)
{
	if (!err && s->outcome == XEN_SUSPEND_ABORTED)
		err = -EIO;
	if (err && !s->failed)
		s->failed = "rendezvous";
	return err;
}

/**
 * xen_suspend_stop - stop the machine, and go on below it
 * @s: the suspend
 *
 * Stragglers get a moment to come to a better place, and then sleep for good:
 * timers have stopped with the ticks of vCPUs. Which is why this has to spin; a
 * straggler on this very vCPU gets on while stop_machine() waits.
 *
 * Context: xenwatch (process context), all thread phases down.
 * Return: 0 or -errno.
 */
int xen_suspend_stop(struct xen_suspend *s)
{
	unsigned int nr_records = s->nr_records;
	int tries = 100;
	int err;

	/* About to wait for this, and in the middle of nothing else. */
	s->walker = current;
	/* Of those who refuse here, only stragglers are named. */
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
 * Xenwatch is at a schedule point itself; so it is as good as a stopper thread where
 * it runs on vCPU 0 already.
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

/* After so many attempts, programs are held, and leave the kernel. */
#define HOLD_AFTER 10

/**
 * xen_suspend_park - have all other vCPUs wait in Xen, and go on below it
 * @s: the suspend
 *
 * A task that is found in a page fault or in reclaim gets a second to come out of it.
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
	 * Only `faults` names a culprit.  It may wait for a disk, or fork a large process, so
	 * leave it more time from attempt to attempt: each one stops all vCPUs for a moment.
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
