// SPDX-License-Identifier: GPL-2.0
/*
 * Phases for PV guests.  Before the save, they put all machine frame numbers
 * into a form that the toolstack can translate.  After a restore, they register
 * the guest's areas with Xen again.
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
 * start_info has the machine frame numbers of the rings of xenstore and of the
 * console.  Replace them by pseudo-physical frame numbers, which the toolstack
 * expects there.  When the toolstack restores the image, it replaces these by
 * machine frame numbers of the new domain.
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
 * Unmap the shared info page.  The page belongs to Xen, so a toolstack cannot
 * translate a page table entry that maps the page.  First point
 * HYPERVISOR_shared_info to a dummy page: an NMI handler may read it any time.
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
 * Map the shared info page again.  After a restore, also build and publish the
 * tree by which toolstacks find the p2m, because all machine frames are new.
 * At boot, Linux builds no tree if a flag in start_info shows that toolstacks
 * find the p2m by its virtual address.  A restore clears this flag.
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

/*
 * "clock" must resume right after "vcpu info".  Until then, sched_clock returns
 * wrong times, so no other phase may resume in between (I6).
 */
static const struct xen_suspend_phase pv_phases[] = {
	{ "page tables", xen_page_tables_suspend, xen_page_tables_resume },
	{ "clock",	 xen_clock_suspend,	  xen_clock_resume },
	{ "vcpu info",	 NULL,			  vcpu_info_resume },
	{ "start info",	 start_info_suspend,	  start_info_resume },
	{ "shared info", shared_info_suspend,	  shared_info_resume },
};

const struct xen_suspend_table xen_suspend_pv_table =
	XEN_SUSPEND_TABLE("PV", pv_phases);
