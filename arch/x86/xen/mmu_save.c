// SPDX-License-Identifier: GPL-2.0
/*
 * Pin all page tables for a save.
 *
 * Toolstacks translate machine frames to pseudo-physical ones, and back, in
 * pages that Xen knows to be page tables.  Those are the pinned ones.  A
 * page table that is not pinned, because its process is only just being
 * made or already torn down, would go through the save as plain memory and
 * come back full of the old machine's frames.
 */
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "suspend.h"

/*
 * The locks are free, since their holders cannot be preempted and all other
 * vCPUs are parked.  They are taken for lockdep and for the walker below
 * __xen_pgd_pin(), which nests the locks of pte pages in that of init_mm.
 */
static void lock_page_tables(void)
	__acquires(&init_mm.page_table_lock) __acquires(&pgd_lock)
{
	spin_lock(&init_mm.page_table_lock);
	spin_lock(&pgd_lock);
}

static void unlock_page_tables(void)
	__releases(&pgd_lock) __releases(&init_mm.page_table_lock)
{
	spin_unlock(&pgd_lock);
	spin_unlock(&init_mm.page_table_lock);
}

/**
 * xen_page_tables_suspend - pin every page table, and mark those that were not
 * @s: the suspend
 *
 * Context: Stopped machine; PV only.
 * Return: 0.
 */
int xen_page_tables_suspend(struct xen_suspend *s)
{
	struct ptdesc *ptdesc;

	lock_page_tables();
	list_for_each_entry(ptdesc, &pgd_list, pt_list) {
		struct page *page = ptdesc_page(ptdesc);

		if (PagePinned(page))
			continue;
		__xen_pgd_pin(&init_mm, ptdesc_address(ptdesc));
		SetPageSavePinned(page);
	}
	unlock_page_tables();
	return 0;
}

/**
 * xen_page_tables_resume - unpin exactly what the suspend pinned
 * @s: the suspend
 *
 * Context: Stopped machine; PV only.
 */
void xen_page_tables_resume(struct xen_suspend *s)
{
	struct ptdesc *ptdesc;

	lock_page_tables();
	list_for_each_entry(ptdesc, &pgd_list, pt_list) {
		struct page *page = ptdesc_page(ptdesc);

		if (!PageSavePinned(page))
			continue;
		ClearPageSavePinned(page);
		__xen_pgd_unpin(&init_mm, ptdesc_address(ptdesc));
	}
	unlock_page_tables();
}
