// SPDX-License-Identifier: GPL-2.0
/*
 * Find tasks that read an entry of a page table, sleep, and then change the entry if it is
 * still the one that they read.  A page fault does this, for instance.
 *
 * An entry holds a machine frame number.  In a new domain each page has another frame.  So an
 * entry that the task read in the old domain can equal the present entry of another page.  Then
 * the comparison succeeds, and the wrong page is replaced.  The task holds mmap_lock or the lock
 * of a VMA from the read to the comparison, so it is found by its lock.
 *
 * There are too many VMAs to check the lock of each.  Only a page fault from user mode and ioctl()
 * on a userfaultfd compare an entry under the lock of a VMA, one of the task's own address space.
 * The task's saved registers show which of these it is in.  TCP zero-copy receive, BPF,
 * madvise(), /proc, DAMON and Binder may lock VMAs, too, but compare no entry after they slept.
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
 * An exception or an interrupt leaves -1 in orig_ax, where a system call leaves its number.
 * 32-bit and x32 programs have numbers of their own, so all of their calls count.
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
 * Return true also if another thread of @p's process holds the lock of a VMA.  Threads share
 * VMAs, so the VMAs of @seen are not checked again.
 */
static bool holds_vma(struct task_struct *p, struct mm_struct **seen)
{
	if (!p->mm || p->mm == *seen || p->flags & PF_KTHREAD || !may_lock_vmas(p))
		return false;
	*seen = p->mm;
	return vma_locked(p->mm);
}

/*
 * A task that reclaims memory, or compacts it, may wait for a disk, with locks held that
 * xenwatch needs to connect this disk.  kswapd holds none.  Some kernel threads always have
 * PF_MEMALLOC, so this flag is ignored for kernel threads.
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
 * xen_suspend_faults - Refuse while a task may be in a page fault or in reclaim
 * @s: the suspend; @s->culprit is set to the name of the task, or to "mmap_lock"
 *
 * Context: vCPU 0, interrupts off, all other vCPUs parked, so nobody holds pgd_lock or
 *	changes a list of tasks or VMAs; PV only.
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
