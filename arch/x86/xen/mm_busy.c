// SPDX-License-Identifier: GPL-2.0
/*
 * Find tasks that read an entry of a page table, sleep, and then change the entry if it still
 * has the value that they read.  A page fault does this, for instance.
 *
 * An entry holds a machine frame number.  In a new domain each page has another frame.  So the
 * value that a task read in the old domain can equal the present entry of another page.  Then
 * the comparison succeeds, and the task replaces the wrong page.  The task holds mmap_lock or the
 * lock of a VMA from the read to the comparison, so these locks show whether there is such a task.
 *
 * There are too many VMAs to check the lock of each.  Only a page fault from user mode and ioctl()
 * on a userfaultfd compare an entry under the lock of a VMA of the task's own address space.
 * The task's saved registers show whether it may be in one of these two, so only the VMAs of such
 * tasks are checked.  TCP zero-copy receive, BPF, madvise(), /proc, DAMON and Binder may lock
 * VMAs, too, but compare no entry after they slept.
 */
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include <asm/pgtable.h>
#include <asm/thread_info.h>
#include <asm/unistd.h>

#include <xen/suspend.h>

#include "mm_busy.h"
#include "suspend.h"

/*
 * Return true if a task may compare a page table entry under the lock of a VMA: if it is in an
 * exception, an interrupt or ioctl().  An exception or an interrupt leaves -1 in the saved orig_ax,
 * and a system call leaves its number there.  32-bit and x32 programs use other system call
 * numbers, so return true for all of their system calls.
 */
static bool may_lock_vmas(struct task_struct *p)
{
	long nr = task_pt_regs(p)->orig_ax;

	return nr == -1 || nr == __NR_ioctl || nr & __X32_SYSCALL_BIT ||
	       task_thread_info(p)->status & TS_COMPAT;
}

static bool vma_locked(struct mm_struct *mm)
{
	bool locked = false;
#ifdef CONFIG_PER_VMA_LOCK
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, mm, 0);
	for_each_vma(vmi, vma) {
		locked = vma_read_locked(vma);
		if (locked)
			break;
	}
#endif
	return locked;
}

/*
 * Return true if @p or another thread of its process holds the lock of a VMA.  All threads of a
 * process share its VMAs.  So @seen keeps the mm that was checked last, and its VMAs are not
 * checked again for the next thread.
 */
static bool holds_vma(struct task_struct *p, struct mm_struct **seen)
{
	if (!p->mm || p->mm == *seen || p->flags & PF_KTHREAD || !may_lock_vmas(p))
		return false;
	*seen = p->mm;
	return vma_locked(p->mm);
}

/*
 * Return true if @p reclaims or compacts memory.  Such a task may wait for a disk while it holds
 * a lock that xenwatch needs to connect this disk, so a restore could deadlock.  kswapd reclaims
 * memory, too, but holds no such lock.  Some kernel threads always have PF_MEMALLOC, so ignore
 * this flag for kernel threads.
 */
static bool reclaims(const struct task_struct *p)
{
	if (p->flags & PF_KSWAPD)
		return false;
	if (!(p->flags & PF_KTHREAD))
		return p->flags & PF_MEMALLOC;
#ifdef CONFIG_COMPACTION
	if (p->capture_control)
		return true;
#endif
	return p->reclaim_state;
}

static bool mm_locked(void)
{
	struct list_head *entry;

	list_for_each(entry, &pgd_list) {
		struct mm_struct *mm = pgd_entry_mm(entry);

		if (mm && rwsem_is_locked(&mm->mmap_lock))
			return true;
	}
	return false;
}

/**
 * xen_suspend_faults - refuse the suspend while a task may be in a page fault or in reclaim
 * @s: the suspend; @s->culprit is set to the name of the task, or to "mmap_lock"
 *
 * Context: vCPU 0, interrupts off, all other vCPUs parked.  So no vCPU holds pgd_lock, or
 *	changes a list of tasks or VMAs.  PV only.
 * Return: 0, or -EAGAIN if there may be such a task.
 */
int xen_suspend_faults(struct xen_suspend *s)
{
	struct mm_struct *seen = NULL;
	struct task_struct *g, *p;
	int err = 0;

	if (mm_locked()) {
		strscpy(s->culprit, "mmap_lock");
		return -EAGAIN;
	}
	rcu_read_lock();
	for_each_process_thread(g, p) {
		if (reclaims(p) || holds_vma(p, &seen)) {
			strscpy(s->culprit, p->comm);
			err = -EAGAIN;
			goto out;
		}
	}
out:
	rcu_read_unlock();
	return err;
}
