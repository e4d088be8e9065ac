// SPDX-License-Identifier: GPL-2.0
/*
 * Complete the tree by which toolstacks find the p2m, ahead of a save.
 *
 * A guest built by a toolstack that reads the p2m by its virtual address
 * never made this tree.  A restore forgets that the toolstack could, so the
 * first resume has to publish the tree, at a time when nothing can be
 * allocated.  So it is made here, in thread context; p2m.c fills it in.
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

/* Every leaf of a new mid page is the one that holds no frame at all. */
static unsigned long *new_mid(void)
{
	unsigned long *mid = (unsigned long *)__get_free_page(GFP_KERNEL);
	unsigned int i;

	for (i = 0; mid && i < LEAVES_PER_MID; i++)
		mid[i] = virt_to_mfn(p2m_missing);
	return mid;
}

/* The three pages that every tree has; all of them or none. */
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
	/* Last: xen_alloc_p2m_entry() takes it as "there is a tree". */
	smp_store_release(&p2m_top_mfn, top);
	/*
	 * That sets the pmd, by hypercall, and then looks for a tree.  Here,
	 * is_hole() comes after this.  One of the two sees the other.
	 */
	smp_mb();
	return 0;
}

/*
 * Kernel threads that do not freeze may be in xen_alloc_p2m_entry(), which
 * does the same: who comes second frees his page and takes the other's.
 */
static void install_mid(unsigned int top, unsigned long *mid)
{
	unsigned long missing = virt_to_mfn(p2m_mid_missing_mfn);

	if (try_cmpxchg(&p2m_top_mfn[top], &missing, virt_to_mfn(mid)))
		p2m_top_mfn_p[top] = mid;
	else
		free_page((unsigned long)mid);
}

/* The p2m holds nothing but holes below a pmd like this. */
static bool is_hole(pmd_t pmd)
{
	/* As the hardware has it: there are hundreds to look at. */
	unsigned long mfn = PHYS_PFN(native_pmd_val(pmd) & PTE_PFN_MASK);

	return mfn == virt_to_mfn(p2m_missing_pte) ||
	       mfn == virt_to_mfn(p2m_identity_pte);
}

/* A pmd of the p2m's address maps what one mid page has. */
static pmd_t *next_pmd(pmd_t *pmdp, unsigned int top)
{
	unsigned long addr = (unsigned long)(xen_p2m_addr + top * PFNS_PER_MID);

	return pmdp && pmd_index(addr) ? pmdp + 1 : lookup_pmd_address(addr);
}

/*
 * The first from @top for which publishing the p2m would want a mid page that there is
 * none of.  MIDS_PER_TOP if there is no such.
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
 * xen_p2m_suspend_reserve - allocate what publishing the p2m will need
 *
 * Whatever grows the p2m from here to the resume grows the tree itself; but it
 * may sleep between the two, see xen_p2m_suspend_reserved().
 *
 * Context: Process context, may sleep.
 * Return: 0, also for guests without a p2m, or -ENOMEM.  What was allocated
 *	stays: it is part of the tree.
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
 * xen_p2m_suspend_reserved - is all there that publishing the p2m will need?
 *
 * Context: Stopped machine.
 * Return: false while a kernel thread is about to add to the tree.
 */
bool xen_p2m_suspend_reserved(void)
{
	return lacks_mid(0) == MIDS_PER_TOP;
}
