// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a PV guest: what holds machine frames is made translatable, and
 * what Xen knows of the guest is told again.
 *
 * Context of all phases here: stopped machine, vCPU 0 (see
 * drivers/xen/suspend_stopped.c).
 */
#include <linux/kernel.h>

#include <xen/interface/xen.h>

#include <asm/fixmap.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "suspend.h"

static void vcpu_info_resume(struct xen_suspend *s)
{
	if (!xen_suspend_restored(s))
		return;
	xen_forget_offline_vcpus();
	xen_vcpu_reregister_all();
}

/*
 * start_info holds the machine frames of the two rings.  The toolstack reads
 * them as pseudo-physical frames, and writes a new domain's itself.
 */
static int start_info_suspend(struct xen_suspend *s)
{
	xen_start_info->store_mfn = mfn_to_pfn(xen_start_info->store_mfn);
	xen_start_info->console.domU.mfn =
		mfn_to_pfn(xen_start_info->console.domU.mfn);
	return 0;
}

static void start_info_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		return;
	xen_start_info->store_mfn = pfn_to_mfn(xen_start_info->store_mfn);
	xen_start_info->console.domU.mfn =
		pfn_to_mfn(xen_start_info->console.domU.mfn);
}

/*
 * The shared info page is Xen's own, so no page table may map it during the
 * save.  Not even an NMI may find it half gone.
 */
static int shared_info_suspend(struct xen_suspend *s)
{
	struct shared_info *mapped = HYPERVISOR_shared_info;
	int err;

	if (!xen_p2m_suspend_reserved())
		return -EAGAIN;

	HYPERVISOR_shared_info = &xen_dummy_shared_info;
	barrier();
	err = HYPERVISOR_update_va_mapping(fix_to_virt(FIX_PARAVIRT_BOOTMAP),
					   __pte_ma(0), UVMF_INVLPG);
	if (err)
		HYPERVISOR_shared_info = mapped;
	return err;
}

/*
 * All machine frames are new after a restore, those of the p2m among them.
 * A toolstack that reads the p2m without the tree says so in start_info's
 * flags; one that restores clears them, and then there has to be a tree.
 */
static void shared_info_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s))
		xen_build_mfn_list_list();

	set_fixmap(FIX_PARAVIRT_BOOTMAP, xen_start_info->shared_info);
	HYPERVISOR_shared_info = (void *)fix_to_virt(FIX_PARAVIRT_BOOTMAP);

	if (xen_suspend_restored(s))
		xen_setup_mfn_list_list();
}

/* The clock sits right above vcpu info: nothing between may need it (I6). */
static const struct xen_suspend_phase pv_phases[] = {
	{ "page tables", xen_page_tables_suspend, xen_page_tables_resume },
	{ "clock",	 xen_clock_suspend,	  xen_clock_resume },
	{ "vcpu info",	 NULL,			  vcpu_info_resume },
	{ "start info",	 start_info_suspend,	  start_info_resume },
	{ "shared info", shared_info_suspend,	  shared_info_resume },
};

const struct xen_suspend_table xen_suspend_pv_table =
	XEN_SUSPEND_TABLE("PV", pv_phases);
