// SPDX-License-Identifier: GPL-2.0
/*
 * Register each vCPU's vcpu_info and runstate area with Xen after a restore.
 */
#include <linux/cpumask.h>

#include <xen/features.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>

#include "suspend.h"

/*
 * Take a vCPU down in Xen, and return true if it was up.  Xen accepts the
 * address of vcpu_info only for the calling vCPU, or for a vCPU that is down.
 * Linux has stopped the other vCPUs, but in Xen they are up.  VCPUOP_down does
 * not wait until the vCPU is down, so a stopped vCPU must not use its areas.
 */
static bool take_down(int cpu)
{
	if (cpu == smp_processor_id() ||
	    HYPERVISOR_vcpu_op(VCPUOP_is_up, xen_vcpu_nr(cpu), NULL) <= 0)
		return false;
	if (HYPERVISOR_vcpu_op(VCPUOP_down, xen_vcpu_nr(cpu), NULL))
		xen_suspend_fatal("vcpu info", -EIO);
	return true;
}

static void bring_up(int cpu)
{
	if (HYPERVISOR_vcpu_op(VCPUOP_up, xen_vcpu_nr(cpu), NULL))
		xen_suspend_fatal("vcpu info", -EIO);
}

/*
 * Return true if this vCPU needs its vcpu_info now.  A PV vCPU needs it also
 * while it is offline.  CPU hotplug registers it for an offline HVM vCPU later.
 */
static bool has_vcpu_info(int cpu)
{
	return xen_pv_domain() || cpu_online(cpu);
}

static void reregister(int cpu)
{
	bool was_up = take_down(cpu);

	if (xen_pv_domain() || xen_feature(XENFEAT_hvm_safe_pvclock))
		xen_setup_runstate_info(cpu);

	xen_vcpu_info_reset(cpu);
	if (has_vcpu_info(cpu))
		xen_vcpu_setup(cpu);

	if (was_up)
		bring_up(cpu);
}

/**
 * xen_vcpu_reregister_all - register runstate and vcpu_info of all vCPUs
 *
 * Panic if Xen refuses, because a vCPU cannot run without these.
 *
 * Context: Stopped machine, new domain, shared info mapped.
 */
void xen_vcpu_reregister_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (xen_vcpu_nr(cpu) != XEN_VCPU_ID_INVALID)
			reregister(cpu);
}
