// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest: the phases that run in xenwatch and may sleep.
 *
 * Below these phases are the stopped phases (suspend_stopped.c), then those of
 * the guest type (arch/x86/xen/suspend_{pv,hvm}.c), and then the hypercall.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/cpu.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/pm.h>
#include <linux/rcupdate_wait.h>
#include <linux/suspend.h>
#include <linux/tracepoint.h>

#include <xen/hvc-console.h>
#include <xen/suspend.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

/* Return the PM message for resuming devices, depending on the outcome. */
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

/*
 * Keep out hibernation and other users of /sys/power/state.  Only try to take the
 * mutex: its holder may wait for a device that xenwatch has to serve.  Check
 * pm_freezing as well: between two ioctls on /dev/snapshot, tasks may be frozen
 * although no task holds the mutex.
 *
 * PM notifiers (PM_HIBERNATION_PREPARE) are not called: WireGuard, for instance,
 * would forget its sessions at each checkpoint.  RCU has such a notifier, which
 * expedites grace periods.  Expedite them here instead, because each disk waits
 * for a grace period.  Schedulers that are BPF programs (sched_ext) are not bypassed.
 */
static int transition_suspend(struct xen_suspend *s)
{
	/* The init task cannot be frozen before it runs a program. */
	if (system_state < SYSTEM_RUNNING)
		return -EAGAIN;
	if (!mutex_trylock(&system_transition_mutex))
		return -EBUSY;
	if (pm_freezing) {
		mutex_unlock(&system_transition_mutex);
		return -EBUSY;
	}
	rcu_expedite_gp();
	return 0;
}

static void transition_resume(struct xen_suspend *s)
{
	rcu_unexpedite_gp();
	mutex_unlock(&system_transition_mutex);
}

/*
 * Disable CPU hotplug.  Refuse while a hotplug operation is in progress, because it may wait for a
 * disk that only xenwatch can connect.  cpu_hotplug_disable() waits for an operation that has
 * begun after this check.  This operation can finish, because tasks are not frozen yet.
 */
static int hotplug_suspend(struct xen_suspend *s)
{
	if (!cpus_read_trylock())
		return -EBUSY;
	cpus_read_unlock();
	cpu_hotplug_disable();
	return 0;
}

static void hotplug_resume(struct xen_suspend *s)
{
	cpu_hotplug_enable();
}

/*
 * Freeze tasks.  A task that is preempted in the middle of a page table update
 * has a machine frame number in a register or on its stack, where no toolstack
 * can translate it.  A frozen task has no machine frame number.
 *
 * CPU hotplug is disabled first, because freezing and thawing patch a static key,
 * and wait for the CPU hotplug lock to do so.
 */
static int tasks_suspend(struct xen_suspend *s)
{
	int err;

	err = hotplug_suspend(s);
	if (err)
		return err;

	err = xen_suspend_freeze(s, freeze_processes, "");
	if (!err) {
		err = xen_suspend_freeze(s, freeze_kernel_threads, "workqueue");
		if (err)
			thaw_processes();
	}
	if (err)
		hotplug_resume(s);
	return err;
}

static void tasks_resume(struct xen_suspend *s)
{
	thaw_processes();
	hotplug_resume(s);
}

/*
 * Allocate the memory that the stopped phases need (I5), and irqs for frontends.  After a
 * restore, a program may hold a lock that the allocation of an irq needs.
 *
 * This phase is below `tasks`, because running tasks change how much is needed.  This phase is
 * above `devices`, so that a refusal here does not cost a suspend of devices.
 */
static int reserve_suspend(struct xen_suspend *s)
{
	int err;

	err = xen_p2m_suspend_reserve();
	if (!err)
		err = xen_evtchn_suspend_reserve();
	if (!err && !xen_evtchn_reserve_irqs())
		err = -EAGAIN;
	if (!err)
		err = gnttab_suspend_reserve();
	return err;
}

/* If frontends may need more irqs than the reserve can hold, select the slow walk (-EAGAIN). */
static int fast_reserve_suspend(struct xen_suspend *s)
{
	int err = reserve_suspend(s);

	if (!err && !xen_evtchn_irqs_reserved())
		err = -EAGAIN;
	return err;
}

static void reserve_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		gnttab_suspend_release();
}

static unsigned int failed_devs(struct xen_suspend *s)
{
	return dpm_failed_devs(s->culprit, sizeof(s->culprit));
}

/*
 * failed_devs() names the last device that failed, even in an earlier suspend.  Clear this
 * name if no device has failed since there were @before failures.
 */
static void name_culprit(struct xen_suspend *s, unsigned int before)
{
	if (failed_devs(s) == before)
		*s->culprit = '\0';
}

static int devices_suspend(struct xen_suspend *s)
{
	unsigned int before = failed_devs(s);
	int err;

	err = dpm_suspend_start(PMSG_FREEZE);
	name_culprit(s, before);
	if (err)
		dpm_resume_end(PMSG_RECOVER);
	return err;
}

static void devices_resume(struct xen_suspend *s)
{
	dpm_resume_end(outcome_msg(s));
	xen_console_detach(XEN_CONSOLES_NONE);
}

/*
 * Acknowledge the request.  The slow phases, and most that may refuse, are above
 * this one: after the acknowledgment, the toolstack expects the domain to suspend.
 */
static int request_suspend(struct xen_suspend *s)
{
	return s->request ? s->request->accept(s->request) : 0;
}

static int xenstore_suspend(struct xen_suspend *s)
{
	return xs_suspend();
}

/*
 * Running programs may send requests to xenstore all the time.  So give up after a
 * second, and xenwatch takes the slow walk, which freezes programs.
 */
static int fast_xenstore_suspend(struct xen_suspend *s)
{
	return xs_suspend_within(HZ);
}

static void xenstore_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xs_resume();
	else
		xs_suspend_cancel();
}

/*
 * In a new domain, event channels and grants of user space are stale.  Call the
 * notifiers that mark them stale, and do so early, before a worker gives any of them
 * back to Xen.  This phase is above `noirq`, because the notifiers free irqs, which
 * must not be suspended then.
 */
static void handles_resume(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	xen_resume_notify();
	/* A notifier may have set the clock, so record the time only now. */
	xen_suspend_identity_date();
}

static int noirq_suspend(struct xen_suspend *s)
{
	unsigned int before = failed_devs(s);
	int err = dpm_suspend_end(PMSG_FREEZE);

	name_culprit(s, before);
	return err;
}

static void noirq_resume(struct xen_suspend *s)
{
	dpm_resume_start(outcome_msg(s));
}

/* Read the port of xenstore in a new domain, before xs_resume() binds it. */
static void store_port_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xenbus_refresh_store_port();
}

/*
 * In a new domain, a worker calls the vmfork notifiers of users of random numbers and
 * keys, as soon as vCPUs run again.  Wait for this worker, but 5 s at most, so that
 * devices send nothing that is made with old random numbers or keys.
 */
static void listeners_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_suspend_reseed_told();
}

/*
 * Detach the consoles, so that printing does not wait while a console ring is full.
 * Otherwise xenwatch could wait for the console daemon, and so could each other vCPU,
 * although the phases below need an answer from each vCPU.  This phase is below
 * `devices`, because devices may print errors.
 */
static int console_suspend(struct xen_suspend *s)
{
	xen_console_detach(XEN_CONSOLES_ALL);
	return 0;
}

static void console_resume(struct xen_suspend *s)
{
	bool restored = xen_suspend_restored(s);

	if (restored)
		xen_console_resume();
	xen_console_detach(restored ? XEN_CONSOLES_LATER : XEN_CONSOLES_NONE);
}

static const struct xen_suspend_phase thread_phases[] = {
	{ "transition",	transition_suspend,	transition_resume },
	{ "tasks",	tasks_suspend,		tasks_resume },
	{ "reserve",	reserve_suspend,	reserve_resume },
	{ "devices",	devices_suspend,	devices_resume },
	{ "request",	request_suspend,	NULL },
	{ "xenstore",	xenstore_suspend,	xenstore_resume },
	{ "handles",	NULL,			handles_resume },
	{ "noirq",	noirq_suspend,		noirq_resume },
	{ "listeners",	NULL,			listeners_resume },
	{ "console",	console_suspend,	console_resume },
	{ "vcpus",	xen_suspend_vcpus,	xen_resume_vcpus },
	{ "store port",	NULL,			store_port_resume },
};

/*
 * A trace event contains a pointer to the name of a phase.  __tracepoint_string
 * exports these names for programs that read a trace on another machine.
 */
static const char *thread_names[] __maybe_unused __tracepoint_string = {
	"transition", "tasks", "reserve", "devices", "request", "xenstore",
	"handles", "noirq", "listeners", "console", "vcpus", "store port",
};

static_assert(ARRAY_SIZE(thread_names) == ARRAY_SIZE(thread_phases));

const struct xen_suspend_table xen_suspend_thread_table = {
	.name = "thread",
	.phases = thread_phases,
	.nr = ARRAY_SIZE(thread_phases),
	.traced = true,
};

/*
 * Connect frontends, and attach all consoles.  In the fast walk, no console belongs
 * to a frontend, because the driver hvc_xen has no lost().  So no console has to wait
 * for its frontend.
 */
static void frontends_resume(struct xen_suspend *s)
{
	xen_resume_frontends(s);
	xen_console_detach(XEN_CONSOLES_NONE);
}

/*
 * Disable CPU hotplug until frontends have been resumed.  A program that takes a vCPU offline or
 * online gets EBUSY.  Otherwise it might hold a lock that xenwatch needs to connect a disk, and
 * wait for this disk.  If hotplug cannot be disabled, -EAGAIN selects the slow walk.
 */
static int fast_hotplug_suspend(struct xen_suspend *s)
{
	return hotplug_suspend(s) ? -EAGAIN : 0;
}

/*
 * The fast walk, which leaves tasks and devices alone.  suspend_fast.c decides when to take it.
 * On the way up, `listeners` may follow `frontends`: frontends send nothing before xenwatch
 * has returned from this walk.
 */
static const struct xen_suspend_phase fast_phases[] = {
	{ "transition",	transition_suspend,	transition_resume },
	{ "programs",	xen_suspend_programs,	xen_resume_programs },
	{ "reserve",	fast_reserve_suspend,	reserve_resume },
	{ "hotplug",	fast_hotplug_suspend,	hotplug_resume },
	{ "listeners",	NULL,			listeners_resume },
	{ "frontends",	xen_suspend_frontends,	frontends_resume },
	{ "request",	request_suspend,	NULL },
	{ "xenstore",	fast_xenstore_suspend,	xenstore_resume },
	{ "handles",	NULL,			handles_resume },
	{ "console",	console_suspend,	console_resume },
	{ "store port",	NULL,			store_port_resume },
};

const struct xen_suspend_table xen_suspend_fast_table =
	XEN_SUSPEND_TABLE("fast", fast_phases);
