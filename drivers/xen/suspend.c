// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest: the phases that run in xenwatch and may sleep.
 *
 * Below them nest the stopped phases (suspend_stopped.c), the table of the type
 * of guest (arch/x86/xen/suspend_{pv,hvm}.c), and the hypercall.
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

/*
 * Keep /sys/power/state out.  Trylock: whoever holds the mutex may be waiting for
 * a device whose backend xenwatch has to serve.  Between two calls to
 * /dev/snapshot, nobody holds it while tasks are frozen.
 *
 * Those who prepare for sleep (PM_HIBERNATION_PREPARE) are not told: WireGuard,
 * for one, would forget its sessions with each checkpoint.  Of them, RCU is
 * asked to hurry nevertheless: each disk waits for it.  Schedulers that are BPF
 * programs (sched_ext) are not bypassed.
 */
static int transition_suspend(struct xen_suspend *s)
{
	/* Init, before it runs a program, is a task that cannot be frozen. */
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
 * Who is at it already is not waited for: that may be for a disk, which xenwatch has to
 * connect.  Who just begins is, but tasks run then.
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
 * A task preempted in the middle of a page table update has a machine frame
 * number in a register or on its stack, where no toolstack can translate
 * it.  A frozen task has none.
 *
 * CPU hotplug is kept out meanwhile, since freezing and thawing take its lock, to
 * patch a static key.
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
 * Allocate what the stopped phases will need (I5), and irqs for frontends, which a program
 * that runs again may keep from being made.  Below the tasks, which change how much that
 * is; above the devices, which a refusal then costs nothing.
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

/* Where there may be more irqs than are kept in reserve, the slow walk has to do. */
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

/* The one that refused is news only if there is one more than before. */
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

/* All that is slow, and most that refuses, is above. */
static int request_suspend(struct xen_suspend *s)
{
	return s->request ? s->request->accept(s->request) : 0;
}

static int xenstore_suspend(struct xen_suspend *s)
{
	return xs_suspend();
}

/* Programs run, and may ask all the time: the slow walk does without them. */
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
 * What user space got from Xen is dead in a new domain, and it is told so, before
 * much time has passed for a worker to give any of it back.  Above noirq: irqs
 * are freed here, and a suspended one must not be.
 */
static void handles_resume(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	xen_resume_notify();
	/* It may have set the clock. */
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

/* xs_resume() will bind this port, so it has to be fresh before. */
static void store_port_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xenbus_refresh_store_port();
}

/*
 * Those who keep random numbers, or keys, are being told since vCPUs run again.  Have
 * them renewed, if that is soon, before devices send what is made of them.
 */
static void listeners_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_suspend_reseed_told();
}

/*
 * Below devices, which may have to complain.  But a full ring must not stop a walk
 * that nobody drains it for, nor any vCPU: each of them is asked below this.
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

/* Traces keep pointers to names; this tells those who read them elsewhere. */
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

/* Frontends that talk to consoles are not among these. */
static void frontends_resume(struct xen_suspend *s)
{
	xen_resume_frontends(s);
	xen_console_detach(XEN_CONSOLES_NONE);
}

/*
 * Programs run: one that takes a vCPU offline, or online, gets EBUSY until xenwatch is about to
 * connect disks.  Else it might wait for a disk with locks held that xenwatch needs.
 */
static int fast_hotplug_suspend(struct xen_suspend *s)
{
	return hotplug_suspend(s) ? -EAGAIN : 0;
}

/*
 * For a walk that leaves tasks and devices alone: suspend_fast.c says when.  Listeners are
 * told while frontends are resumed, which send nothing before xenwatch is back from this.
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
