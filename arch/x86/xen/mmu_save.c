// SPDX-License-Identifier: GPL-2.0
/*
 * Pin all page tables for a save.
 *
 * A save translates machine frame numbers to pseudo-physical ones, and a
 * restore translates them back.  Toolstacks do this only in pages that Xen
 * knows to be page tables, the pinned ones.  The page tables of a process that
 * is being created or torn down are not pinned.  A toolstack would save these
 * as plain memory, and after a restore they would refer to frames of the old
 * host.
 */
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "suspend.h"

/*
 * Take the locks that lockdep and __xen_pgd_pin() expect: the latter nests the
 * locks of pte pages in page_table_lock of init_mm.  Both locks are free: a
 * task that holds one is not preempted, and all other vCPUs are stopped.
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
 * xen_page_tables_suspend - pin and mark all page tables that are not pinned
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
 * xen_page_tables_resume - unpin the page tables that the suspend pinned
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
