/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of mm_busy.c that depend on the version of Linux: VMA locks, and pgd_list. */
#ifndef XEN_MM_BUSY_H
#define XEN_MM_BUSY_H

#include <linux/mm_types.h>
#include <linux/rwsem.h>

#include <asm/pgtable.h>

#ifdef CONFIG_PER_VMA_LOCK
/* Return true if a task holds the lock of @vma for reading.  Context: no task changes VMAs. */
static inline bool vma_read_locked(struct vm_area_struct *vma)
{
	return rwsem_is_locked(&vma->vm_lock->lock);
}
#endif

/*
 * Return the mm of @entry, a top-level page table in pgd_list, or NULL if it has none.
 * Context: no task changes the list.
 */
static inline struct mm_struct *pgd_entry_mm(struct list_head *entry)
{
	return pgd_page_get_mm(list_entry(entry, struct page, lru));
}

#endif
