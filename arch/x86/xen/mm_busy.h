/* SPDX-License-Identifier: GPL-2.0 */
/* How Linux keeps the lock of a VMA, and the list of top-level page tables. */
#ifndef XEN_MM_BUSY_H
#define XEN_MM_BUSY_H

#include <linux/mm_types.h>
#include <linux/refcount.h>

#include <asm/pgtable.h>

#ifdef CONFIG_PER_VMA_LOCK
/* Context: nobody changes VMAs. */
static inline bool vma_read_locked(struct vm_area_struct *vma)
{
	/* One reference is for being attached.  Writers hold mmap_lock. */
	return refcount_read(&vma->vm_refcnt) > 1;
}
#endif

/* The address space of an entry of pgd_list, or NULL.  Context: nobody changes the list. */
static inline struct mm_struct *pgd_entry_mm(struct list_head *entry)
{
	return pgd_page_get_mm(list_entry(entry, struct ptdesc, pt_list));
}

#endif
