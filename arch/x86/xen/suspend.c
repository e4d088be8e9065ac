// SPDX-License-Identifier: GPL-2.0
/*
 * Suspend a Xen guest on x86: choose the arch table of phases, suspend the
 * state of each vCPU, and make the hypercall at the bottom of the walk.
 */
#include <linux/smp.h>
#include <linux/tick.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "suspend.h"

/**
 * xen_suspend_arch_table - return the table of phases for this type of guest
 *
 * Context: Any.
 * Return: the PV table or, for HVM and PVH, the HVM table.
 */
const struct xen_suspend_table *xen_suspend_arch_table(void)
{
	if (IS_ENABLED(CONFIG_XEN_PV) && xen_pv_domain())
		return &xen_suspend_pv_table;
	return &xen_suspend_hvm_table;
}

/*
 * Suspend the tick and SPEC_CTRL of this vCPU.  Leave the tick of vCPU 0 to
 * timekeeping, which the phase "syscore" suspends and resumes.  If an earlier
 * phase fails, the tick of vCPU 0 is never stopped.
 *
 * Context: IPI, interrupts off.
 */
static void vcpu_suspend(void *unused)
{
	if (smp_processor_id() != 0)
		tick_suspend_local();
	xen_spec_ctrl_suspend();
}

/* Context: IPI, interrupts off. */
static void vcpu_resume(void *restored)
{
	xen_spec_ctrl_resume();
	if (restored)
		xen_pmu_restore();
	if (smp_processor_id() != 0)
		tick_resume_local();
}

/**
 * xen_suspend_vcpus - suspend the tick and SPEC_CTRL of each vCPU
 * @s: the suspend
 *
 * Keep the PMU page of each vCPU: the handler of the PMU's VIRQ may still use it.
 *
 * Context: Process context, hotplug disabled, devices' interrupts off.
 * Return: 0.
 */
int xen_suspend_vcpus(struct xen_suspend *s)
{
	on_each_cpu(vcpu_suspend, NULL, 1);
	return 0;
}

/**
 * xen_resume_vcpus - resume the PMU, tick and SPEC_CTRL of each vCPU
 * @s: the suspend
 *
 * Context: Process context, hotplug disabled, IPIs work again.
 */
void xen_resume_vcpus(struct xen_suspend *s)
{
	on_each_cpu(vcpu_resume, xen_suspend_restored(s) ? s : NULL, 1);
}

/**
 * xen_suspend_enter - ask the hypervisor to suspend this domain
 * @s: the suspend; only this function writes its outcome (I7)
 *
 * Context: Stopped machine, all phases suspended.
 * Return: 0 if Xen has suspended the domain, and it runs again, or -errno if
 *	Xen has refused, or a test injects a fault.
 */
int xen_suspend_enter(struct xen_suspend *s)
{
	int rc = xen_suspend_fault_at(s, "hypercall");

	/*
	 * Pass the frame of a PV guest's start_info.  The toolstack updates
	 * start_info in a new domain, and finds it by this argument.
	 */
	if (!rc)
		rc = HYPERVISOR_suspend(xen_pv_domain() ?
					virt_to_gfn(xen_start_info) : 0);
	if (rc < 0) {
		s->failed = "hypercall";
		return rc;
	}

	s->outcome = rc ? XEN_SUSPEND_CANCELLED : XEN_SUSPEND_RESTORED;
	return 0;
}
