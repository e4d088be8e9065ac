// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest on x86: which arch table applies, what each vCPU
 * does for itself, and the hypercall at the bottom of the walk.
 */
#include <linux/smp.h>
#include <linux/tick.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "suspend.h"

/**
 * xen_suspend_arch_table - the phases of this type of guest
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
 * vCPU 0 keeps its tick: timekeeping, a syscore phase, stops and starts it
 * there, and only if the walk gets that far.
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
static void vcpu_resume(void *unused)
{
	xen_spec_ctrl_resume();
	if (smp_processor_id() != 0)
		tick_resume_local();
}

/**
 * xen_suspend_vcpus - suspend what is local to each vCPU
 * @s: the suspend
 *
 * Context: Process context, hotplug disabled, devices' interrupts off.
 * Return: 0.
 */
int xen_suspend_vcpus(struct xen_suspend *s)
{
	int cpu;

	on_each_cpu(vcpu_suspend, NULL, 1);

	/*
	 * The PMU's VIRQ is masked, by noirq, which does not wait for
	 * handlers of per-CPU irqs.  The IPI above does.
	 */
	for_each_online_cpu(cpu)
		xen_pmu_finish(cpu);
	return 0;
}

/**
 * xen_resume_vcpus - undo xen_suspend_vcpus()
 * @s: the suspend
 *
 * Context: Process context, hotplug disabled, IPIs work again.
 */
void xen_resume_vcpus(struct xen_suspend *s)
{
	int cpu;

	on_each_cpu(vcpu_resume, NULL, 1);
	for_each_online_cpu(cpu)
		xen_pmu_init(cpu);
}

/**
 * xen_suspend_enter - ask the hypervisor to suspend this domain
 * @s: the suspend; its outcome is written here and nowhere else (I7)
 *
 * Context: Stopped machine, all phases down.
 * Return: 0 when the domain was suspended and goes on, -errno when Xen
 *	refused.
 */
int xen_suspend_enter(struct xen_suspend *s)
{
	int rc = xen_suspend_fault_at(s, "hypercall");

	/* Xen wants a PV guest's start_info, to be told where it went. */
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
