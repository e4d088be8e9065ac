// SPDX-License-Identifier: GPL-2.0
/*
 * Register the PMU page of each vCPU, which the vCPU shares with Xen, after a restore.  The new
 * domain's Xen does not know these pages, and runs no counters.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include <xen/interface/xenpmu.h>

#include "xen-ops.h"

/**
 * xen_pmu_page_reset - clear the state that the old domain's Xen left in a PMU page
 * @data: the page; lapic_lvtpc is kept, by which perf configures the PMU interrupt
 *
 * Context: Any.
 */
void xen_pmu_page_reset(struct xen_pmu_data *data)
{
	u32 lvtpc = data->pmu.l.lapic_lvtpc;

	memset(data, 0, sizeof(*data));
	data->pmu.l.lapic_lvtpc = lvtpc;
}

static int register_page(struct xen_pmu_data *data)
{
	struct xen_pmu_params params = {
		.version = { .maj = XENPMU_VER_MAJ, .min = XENPMU_VER_MIN },
		.val = pfn_to_mfn(virt_to_pfn(data)),
		.vcpu = smp_processor_id(),
	};
	int err = HYPERVISOR_xenpmu_op(XENPMU_init, &params);

	/* Xen masks the PMU interrupt until the guest calls XENPMU_lvtpc_set. */
	if (!err && data->pmu.l.lapic_lvtpc)
		err = HYPERVISOR_xenpmu_op(XENPMU_lvtpc_set, NULL);
	return err;
}

/**
 * xen_pmu_restore - register this vCPU's PMU page with the Xen of a new domain
 *
 * Each vCPU must call this function itself: perf uses the page on its own vCPU with interrupts
 * off, so another vCPU must not change it, and XENPMU_lvtpc_set applies to the calling vCPU.
 *
 * Perf events that were being counted count nothing until perf schedules them again.
 *
 * Context: Interrupts off; the p2m is that of the new domain.
 */
void xen_pmu_restore(void)
{
	struct xen_pmu_data *data = xen_pmu_data();
	int err;

	if (!data)
		return;
	xen_pmu_page_reset(data);
	err = register_page(data);
	if (err)
		pr_info_once("xen: cannot register the VPMU after a restore: %d\n", err);
}
