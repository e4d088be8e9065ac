// SPDX-License-Identifier: GPL-2.0
/*
 * Before a save, allocate all pages of the tree by which toolstacks find the p2m.
 *
 * If the toolstack that builds a guest can read the p2m by its virtual address,
 * it sets a flag in start_info, and Linux builds no tree.  A restore clears this
 * flag, so the resume must publish the tree.  The machine is stopped then, and
 * nothing can be allocated.  So this file allocates the pages in thread context,
 * and xen_build_mfn_list_list() in p2m.c fills them in the resume.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include <xen/page.h>
#include <xen/xen.h>

#include <asm/pgtable.h>
#include <asm/xen/page.h>

#include "suspend.h"

#define MIDS_PER_TOP	(PAGE_SIZE / sizeof(unsigned long *))
#define LEAVES_PER_MID	(PAGE_SIZE / sizeof(unsigned long))
#define PFNS_PER_MID	(LEAVES_PER_MID * P2M_PER_PAGE)

/* Allocate a mid page of the tree.  All its leaves are the one without frames. */
static unsigned long *new_mid(void)
{
	unsigned long *mid = (unsigned long *)__get_free_page(GFP_KERNEL);
	unsigned int i;

	for (i = 0; mid && i < LEAVES_PER_MID; i++)
		mid[i] = virt_to_mfn(p2m_missing);
	return mid;
}

/* Allocate the three pages that every tree has.  On failure, keep none of them. */
static int make_roots(void)
{
	unsigned long *missing = new_mid();
	unsigned long *top = (unsigned long *)__get_free_page(GFP_KERNEL);
	unsigned long **mids = (unsigned long **)__get_free_page(GFP_KERNEL);
	unsigned int i;

	if (!missing || !top || !mids) {
		free_page((unsigned long)missing);
		free_page((unsigned long)top);
		free_page((unsigned long)mids);
		return -ENOMEM;
	}

	for (i = 0; i < MIDS_PER_TOP; i++) {
		mids[i] = missing;
		top[i] = virt_to_mfn(missing);
	}
	p2m_mid_missing_mfn = missing;
	p2m_top_mfn_p = mids;
	/* Set p2m_top_mfn last: then xen_alloc_p2m_entry() uses the tree. */
	smp_store_release(&p2m_top_mfn, top);
	/*
	 * xen_alloc_p2m_entry() sets a pmd, and then reads p2m_top_mfn.
	 * make_roots() sets p2m_top_mfn, and then lacks_mid() reads the pmd.
	 * With this barrier, at least one side sees what the other has set,
	 * and adds the mid page.
	 */
	smp_mb();
	return 0;
}

/*
 * Add a mid page to the tree, unless a task in xen_alloc_p2m_entry() has added
 * one at the same place meanwhile.  In that case, free our page.
 */
static void install_mid(unsigned int top, unsigned long *mid)
{
	unsigned long missing = virt_to_mfn(p2m_mid_missing_mfn);

	if (try_cmpxchg(&p2m_top_mfn[top], &missing, virt_to_mfn(mid)))
		p2m_top_mfn_p[top] = mid;
	else
		free_page((unsigned long)mid);
}

/* Return true if the p2m has no frames in the range that this pmd maps. */
static bool is_hole(pmd_t pmd)
{
	/*
	 * Compare mfns.  pmd_val() would translate the mfn to a pfn, which is
	 * slow for hundreds of pmds.
	 */
	unsigned long mfn = PHYS_PFN(native_pmd_val(pmd) & PTE_PFN_MASK);

	return mfn == virt_to_mfn(p2m_missing_pte) ||
	       mfn == virt_to_mfn(p2m_identity_pte);
}

/*
 * Return the pmd that maps the part of the p2m for mid page @top.  @pmdp is the pmd for the mid
 * page before, or NULL.
 */
static pmd_t *next_pmd(pmd_t *pmdp, unsigned int top)
{
	unsigned long addr = (unsigned long)(xen_p2m_addr + top * PFNS_PER_MID);

	return pmdp && pmd_index(addr) ? pmdp + 1 : lookup_pmd_address(addr);
}

/*
 * Starting at @top, find an index of the top page where the p2m has frames, but the tree has no
 * mid page.  Return MIDS_PER_TOP if there is none.
 */
static unsigned int lacks_mid(unsigned int top)
{
	pmd_t *pmdp = NULL;

	for (; top < MIDS_PER_TOP && top * PFNS_PER_MID < xen_max_p2m_pfn; top++) {
		pmdp = next_pmd(pmdp, top);
		if (p2m_top_mfn_p[top] == p2m_mid_missing_mfn && !is_hole(*pmdp))
			return top;
	}
	return MIDS_PER_TOP;
}

/**
 * xen_p2m_suspend_reserve - allocate all pages that publishing the p2m will need
 *
 * If a task extends the p2m after this, xen_alloc_p2m_entry() extends the tree as
 * well.  But the task may sleep after it has extended the p2m and before it
 * extends the tree, so xen_p2m_suspend_reserved() checks again.
 *
 * Context: Process context, may sleep.
 * Return: 0, also for guests without a p2m, or -ENOMEM.  The pages that were
 *	allocated stay in the tree.
 */
int xen_p2m_suspend_reserve(void)
{
	unsigned int top = 0;

	if (!xen_pv_domain())
		return 0;
	if (!p2m_top_mfn && make_roots())
		return -ENOMEM;

	while ((top = lacks_mid(top)) < MIDS_PER_TOP) {
		unsigned long *mid = new_mid();

		if (!mid)
			return -ENOMEM;
		install_mid(top, mid);
	}
	return 0;
}

/**
 * xen_p2m_suspend_reserved - check that the tree has all pages that the resume needs
 *
 * Context: Stopped machine.
 * Return: false if a task has extended the p2m, but not the tree yet.
 */
bool xen_p2m_suspend_reserved(void)
{
	return lacks_mid(0) == MIDS_PER_TOP;
}
