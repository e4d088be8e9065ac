// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest on x86: which arch table applies, what each vCPU
 * does for itself, and the hypercall at the bottom of the walk.
 */
#include <linux/cpufeature.h>
#include <linux/smp.h>
#include <linux/tick.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>

#include <asm/msr.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "suspend.h"

static DEFINE_PER_CPU(u64, saved_spec_ctrl);

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
 * Old versions of Xen (4.5 and before) cannot be relied on to migrate a PV
 * guest in which this MSR is not zero.
 */
static bool saves_spec_ctrl(void)
{
	return xen_pv_domain() && boot_cpu_has(X86_FEATURE_SPEC_CTRL);
}

/*
 * vCPU 0 keeps its tick: timekeeping, a syscore phase, stops and starts it
 * there, and only if the walk gets that far.
 *
 * Context: IPI, interrupts off.
 */
static void vcpu_suspend(void *unused)
{
	u64 spec_ctrl;

	if (smp_processor_id() != 0)
		tick_suspend_local();

	if (saves_spec_ctrl()) {
		rdmsrl(MSR_IA32_SPEC_CTRL, spec_ctrl);
		this_cpu_write(saved_spec_ctrl, spec_ctrl);
		wrmsrl(MSR_IA32_SPEC_CTRL, 0);
	}
}

/* Context: IPI, interrupts off. */
static void vcpu_resume(void *unused)
{
	if (saves_spec_ctrl())
		wrmsrl(MSR_IA32_SPEC_CTRL, this_cpu_read(saved_spec_ctrl));

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
