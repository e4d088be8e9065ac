// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest: the phases that every guest type shares.
 *
 * Two tables, because there are two contexts: thread phases run in xenwatch
 * and may sleep; stopped phases run on vCPU 0 inside stop_machine(), with
 * interrupts off and all other vCPUs parked.  The guest type's own table
 * (arch/x86/xen/suspend_{pv,hvm}.c) and the hypercall nest below them.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/cpu.h>
#include <linux/freezer.h>
#include <linux/kernel.h>
#include <linux/pm.h>
#include <linux/stop_machine.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>

#include <trace/events/power.h>

#include <xen/hvc-console.h>
#include <xen/suspend.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

/* How devices are told, by what became of the suspend. */
static pm_message_t outcome_msg(const struct xen_suspend *s)
{
	switch (s->outcome) {
	case XEN_SUSPEND_RESTORED:
		return PMSG_RESTORE;
	case XEN_SUSPEND_CANCELLED:
		return PMSG_THAW;
	default:
		return PMSG_RECOVER;
	}
}

/*
 * Thread phases.  Context of each: xenwatch, process context, may sleep.
 */

/* Keep /sys/power/state and CPU hotplug out.  Trylock: whoever holds the
 * mutex may be waiting for a device whose backend xenwatch has to serve.
 */
static int transition_suspend(struct xen_suspend *s)
{
	if (!mutex_trylock(&system_transition_mutex))
		return -EBUSY;
	cpu_hotplug_disable();
	return 0;
}

static void transition_resume(struct xen_suspend *s)
{
	cpu_hotplug_enable();
	mutex_unlock(&system_transition_mutex);
}

/*
 * A task preempted in the middle of a page table update has a machine frame
 * number in a register or on its stack, where no toolstack can translate
 * it.  A frozen task has none.
 */
static int tasks_suspend(struct xen_suspend *s)
{
	int err;

	err = freeze_processes();
	if (err)
		return err;

	err = freeze_kernel_threads();
	if (err)
		thaw_processes();
	return err;
}

static void tasks_resume(struct xen_suspend *s)
{
	thaw_processes();
}

/*
 * Allocate what the stopped phases will need (I5).  Below the tasks, which
 * change how much that is; above the devices, because reclaim must still
 * reach the disks.
 */
static int reserve_suspend(struct xen_suspend *s)
{
	int err;

	err = xen_p2m_suspend_reserve();
	if (!err)
		err = xen_evtchn_suspend_reserve();
	if (!err)
		err = gnttab_suspend_reserve();
	return err;
}

static void reserve_resume(struct xen_suspend *s)
{
	gnttab_suspend_release();
}

static int devices_suspend(struct xen_suspend *s)
{
	int err;

	err = dpm_suspend_start(PMSG_FREEZE);
	if (err)
		dpm_resume_end(PMSG_RECOVER);
	return err;
}

static void devices_resume(struct xen_suspend *s)
{
	dpm_resume_end(outcome_msg(s));
}

static int xenstore_suspend(struct xen_suspend *s)
{
	xs_suspend();
	return 0;
}

static void xenstore_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xs_resume();
	else
		xs_suspend_cancel();
}

static int noirq_suspend(struct xen_suspend *s)
{
	return dpm_suspend_end(PMSG_FREEZE);
}

static void noirq_resume(struct xen_suspend *s)
{
	dpm_resume_start(outcome_msg(s));
}

/* xs_resume() will bind this port, so it has to be fresh before. */
static void store_port_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xenbus_refresh_store_port();
}

/*
 * The last to go, the first to come back: all else may have to complain. But
 * a full ring must not stop a walk that nobody drains it for.
 */
static int console_suspend(struct xen_suspend *s)
{
	xen_console_detach(true);
	return 0;
}

static void console_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_console_resume();
	xen_console_detach(false);
}

static const struct xen_suspend_phase thread_phases[] = {
	{ "transition",	transition_suspend,	transition_resume },
	{ "tasks",	tasks_suspend,		tasks_resume },
	{ "reserve",	reserve_suspend,	reserve_resume },
	{ "devices",	devices_suspend,	devices_resume },
	{ "xenstore",	xenstore_suspend,	xenstore_resume },
	{ "noirq",	noirq_suspend,		noirq_resume },
	{ "vcpus",	xen_suspend_vcpus,	xen_resume_vcpus },
	{ "store port",	NULL,			store_port_resume },
	{ "console",	console_suspend,	console_resume },
};

/* Traces keep pointers to names; this tells those who read them elsewhere. */
static const char *thread_names[] __maybe_unused __tracepoint_string = {
	"transition", "tasks", "reserve", "devices", "xenstore", "noirq",
	"vcpus", "store port", "console",
};

static_assert(ARRAY_SIZE(thread_names) == ARRAY_SIZE(thread_phases));

const struct xen_suspend_table xen_suspend_thread_table = {
	.name = "thread",
	.phases = thread_phases,
	.nr = ARRAY_SIZE(thread_phases),
	.traced = true,
};

/*
 * Stopped phases.  Context of each: vCPU 0, interrupts off, all other vCPUs
 * parked in stop_machine().  No sleeping, no allocation, no lock that a
 * parked vCPU may hold (I5).
 */

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

static int runstate_suspend(struct xen_suspend *s)
{
	xen_runstate_save();
	return 0;
}

/* A new domain counts from zero; the old one just counts on. */
static void runstate_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_runstate_accumulate();
}

static const struct xen_suspend_phase stopped_phases[] = {
	{ "syscore",	   syscore_phase_suspend,  syscore_phase_resume },
	{ "timers",	   NULL,		   timers_resume },
	{ "event channels", NULL,		   channels_resume },
	{ "grants",	   gnttab_suspend_frames,  gnttab_resume_frames },
	{ "runstate",	   runstate_suspend,	   runstate_resume },
};

const struct xen_suspend_table xen_suspend_stopped_table =
	XEN_SUSPEND_TABLE("stopped", stopped_phases);

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
static int stop_and_walk(struct xen_suspend *s)
{
	int err;

	s->stamp = get_cycles();
	err = stop_machine(stopped, s, cpumask_of(0));
	record_rendezvous(s, true);

	/* Never take a walk that did not happen for one that did. */
	if (!err && s->outcome == XEN_SUSPEND_ABORTED)
		err = -EIO;
	if (err && !s->failed)
		s->failed = "rendezvous";
	return err;
}

/**
 * xen_suspend - suspend this guest, and resume it
 *
 * Context: xenwatch (process context, may sleep, no locks but
 *	xenwatch_mutex), which also keeps two suspends apart.
 * Return: 0 when the domain goes on after a checkpoint or in a new place;
 *	-errno when it was not suspended, and goes on as if never asked.
 */
int xen_suspend(void)
{
	static struct xen_suspend suspend;
	struct xen_suspend *s = &suspend;
	int err;

	xen_suspend_stats_begin(s);
	trace_suspend_resume(TPS("suspend_enter"), PM_EVENT_HIBERNATE, true);
	err = xen_suspend_walk(s, &xen_suspend_thread_table, stop_and_walk);
	trace_suspend_resume(TPS("suspend_enter"), PM_EVENT_HIBERNATE, false);
	xen_suspend_stats_end(s, err);

	if (err)
		pr_err("not suspended: phase \"%s\" refused: %pe\n",
		       s->failed, ERR_PTR(err));
	return err;
}
