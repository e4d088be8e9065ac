// SPDX-License-Identifier: GPL-2.0
/*
 * Tell the hypervisor of a new domain where each vCPU's areas are.
 */
#include <linux/cpumask.h>

#include <xen/features.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>

#include "suspend.h"

/*
 * Xen takes these addresses for the calling vCPU or for one that is down.
 * A parked vCPU spins or naps, so it is taken down for the moment.  It may run
 * a little longer than that, so it must not use any of them.
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

/* A PV vCPU that is offline keeps its area; others get one when they boot. */
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
 * Context: Stopped machine, new domain, shared info mapped.  Panics if Xen
 *	refuses: there is no vCPU to go on with.
 */
void xen_vcpu_reregister_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (xen_vcpu_nr(cpu) != XEN_VCPU_ID_INVALID)
			reregister(cpu);
}
