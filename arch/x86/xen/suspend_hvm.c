// SPDX-License-Identifier: GPL-2.0
/*
 * Phases for HVM and PVH guests.  Xen translates the frames of these guests, so
 * before a save, only the clock is suspended.  After a restore, the phases
 * register areas and vectors of the guest with Xen again.
 *
 * Context of all phases here: stopped machine, vCPU 0 (see
 * drivers/xen/suspend_stopped.c).
 */
#include <linux/cpumask.h>

#include <xen/events.h>
#include <xen/hvm.h>

#include "suspend.h"

/* Unplug the emulated devices of a new HVM domain.  A PVH domain has none. */
static void unplug_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_unplug_emulated_devices();
}

static void callback_vector_resume(struct xen_suspend *s)
{
	unsigned int cpu;

	if (!xen_suspend_restored(s))
		return;
	/* Without a vector, platform-pci later registers an interrupt line. */
	if (!xen_have_vector_callback)
		return;
	if (!xen_percpu_upcall) {
		xen_setup_callback_vector();
		if (!xen_have_vector_callback)
			xen_suspend_fatal("callback vector", -ENODEV);
		return;
	}
	for_each_online_cpu(cpu) {
		int err = xen_set_upcall_vector(cpu);

		if (err)
			xen_suspend_fatal("callback vector", err);
	}
}

static void vcpu_info_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_vcpu_reregister_all();
}

static void shared_info_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_hvm_init_shared_info();
}

static const struct xen_suspend_phase hvm_phases[] = {
	{ "unplug",	     NULL,		 unplug_resume },
	{ "callback vector", NULL,		 callback_vector_resume },
	{ "clock",	     xen_clock_suspend,	 xen_clock_resume },
	{ "vcpu info",	     NULL,		 vcpu_info_resume },
	{ "shared info",     NULL,		 shared_info_resume },
};

const struct xen_suspend_table xen_suspend_hvm_table =
	XEN_SUSPEND_TABLE("HVM", hvm_phases);
