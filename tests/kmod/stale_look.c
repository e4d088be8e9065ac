// SPDX-License-Identifier: GPL-2.0
/* The checks of stale.ko: search the new domain for noted frames, those of the old domain. */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include <xen/interface/grant_table.h>
#include <xen/interface/vcpu.h>
#include <xen/page.h>
#include <xen/xenbus.h>

#include "stale.h"

/* Xen's part of a top page table: guests cannot write to it. */
#define XEN_FIRST_SLOT 256
#define XEN_LAST_SLOT 271

#define WORDS (PAGE_SIZE / sizeof(long))

bool is_noted(unsigned long mfn)
{
	return mfn < nr_mfns && test_bit(mfn, noted);
}

unsigned long entry_mfn(unsigned long entry)
{
	return (entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;
}

bool has_frame(unsigned long p2m_entry)
{
	return p2m_entry != INVALID_P2M_ENTRY &&
	       !(p2m_entry & (IDENTITY_FRAME_BIT | FOREIGN_FRAME_BIT));
}

/*
 * Pass each present entry to @visit, and descend if that returns true.  A table that
 * several address spaces share is walked once.
 */
static void walk_table(unsigned long pfn, int level, unsigned long address,
		       bool (*visit)(unsigned long entry, int level, unsigned long address))
{
	const unsigned long *table = __va(PFN_PHYS(pfn));
	int i;

	if (pfn >= nr_pfns || test_and_set_bit(pfn, seen))
		return;
	tables++;
	for (i = 0; i < PTRS_PER_PTE; i++) {
		unsigned long entry = READ_ONCE(table[i]);
		unsigned long at = address | (unsigned long)i << (PAGE_SHIFT + 9 * (level - 1));

		if (level == 4 && i >= XEN_FIRST_SLOT && i <= XEN_LAST_SLOT)
			continue;
		if (!(entry & _PAGE_PRESENT))
			continue;
		entries++;
		if (visit(entry, level, at) && level > 1)
			walk_table(mfn_to_pfn(entry_mfn(entry)), level - 1, at, visit);
	}
}

/*
 * Walk the kernel's page tables and those of each address space, which has two top page
 * tables: one for the kernel, and one for programs.
 */
void walk_all(bool (*visit)(unsigned long entry, int level, unsigned long address))
{
	struct page *page;

	bitmap_zero(seen, nr_pfns);
	entries = 0;
	tables = 0;
	walk_table(PFN_DOWN(__pa(sym_init_top_pgt)), 4, 0, visit);
	list_for_each_entry(page, (struct list_head *)sym_pgd_list, lru) {
		walk_table(page_to_pfn(page), 4, 0, visit);
		if (page->private)
			walk_table(PFN_DOWN(__pa(page->private)), 4, 0, visit);
	}
}

/* Does this domain own the frame? Only for its owner does Xen accept MMU_MACHPHYS_UPDATE. */
static bool owned(unsigned long pfn, unsigned long mfn)
{
	struct mmu_update update = {
		.ptr = PFN_PHYS(mfn) | MMU_MACHPHYS_UPDATE,
		.val = pfn,
	};

	return !HYPERVISOR_mmu_update(&update, 1, NULL, DOMID_SELF);
}

/* look_at_p2m - report noted frames, except those that Xen has given to this domain */
void look_at_p2m(void)
{
	unsigned long pfn;

	for (pfn = 0; pfn < nr_pfns; pfn++) {
		unsigned long mfn = READ_ONCE(xen_p2m_addr[pfn]);

		if (!has_frame(mfn) || !is_noted(mfn))
			continue;
		if (owned(pfn, mfn)) {
			clear_bit(mfn, noted);
			overlap++;
			continue;
		}
		find("p2m of pfn %lx: %lx; ", pfn, mfn);
	}
}

static bool look_at_entry(unsigned long entry, int level, unsigned long address)
{
	if (!is_noted(entry_mfn(entry)))
		return true;
	find("level %d entry for %llx: %lx; ", level, sign_extend64(address, 47), entry);
	return false;
}

/* Check that walk_all() has walked the page table that each vCPU runs on. */
static void look_at_bases(void)
{
	const ulong __percpu *base = (void __percpu *)sym_xen_current_cr3;
	int cpu;

	for_each_online_cpu(cpu) {
		unsigned long pfn = PFN_DOWN(*per_cpu_ptr(base, cpu));

		if (pfn >= nr_pfns || !test_bit(pfn, seen))
			find("vCPU %d runs on %lx, which is no page table; ", cpu, pfn);
	}
}

/* Count noted frames in page tables that are in no address space any more, and will be freed. */
static void look_at_detached(void)
{
	unsigned long pfn;
	int i;

	detached = 0;
	for (pfn = 0; pfn < nr_pfns; pfn++) {
		const unsigned long *table = __va(PFN_PHYS(pfn));

		if (!has_frame(READ_ONCE(xen_p2m_addr[pfn])) || test_bit(pfn, seen) ||
		    !PageTable(pfn_to_page(pfn)))
			continue;
		for (i = 0; i < PTRS_PER_PTE; i++)
			if (table[i] & _PAGE_PRESENT && is_noted(entry_mfn(table[i])))
				detached++;
	}
}

void look_at_tables(void)
{
	walk_all(look_at_entry);
	look_at_bases();
	look_at_detached();
}

/* Record an mfn if it is a noted one, or is not in this domain's p2m. */
static void look_at_mfn(const char *where, unsigned long mfn)
{
	if (is_noted(mfn) || mfn_to_pfn(mfn) >= nr_pfns)
		find("%s: %lx%s; ", where, mfn, is_noted(mfn) ? "" : ", not in the p2m");
}

/*
 * Check the tree by which an old toolstack finds the p2m: pages of mfns, which are of pages
 * of mfns. Most mfns in a page are equal, so skip repetitions.
 */
static void look_at_tree(unsigned long mfn, int level)
{
	const unsigned long *table = __va(PFN_PHYS(mfn_to_pfn(mfn)));
	unsigned long last = mfn;
	int i;

	look_at_mfn("p2m tree", mfn);
	if (!level || mfn_to_pfn(mfn) >= nr_pfns)
		return;
	for (i = 0; i < WORDS; i++) {
		if (table[i] != last)
			look_at_tree(table[i], level - 1);
		last = table[i];
	}
}

void look_at_xens_pages(void)
{
	struct shared_info *shared = *(struct shared_info **)sym_HYPERVISOR_shared_info;
	unsigned long frame = PFN_DOWN(xen_start_info->shared_info);
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)shared, &level);

	if (is_noted(frame))
		find("start_info: shared_info: %lx; ", frame);
	if (!pte || entry_mfn(pte->pte) != frame)
		find("shared info is at %lx, mapped is %lx; ", frame, pte ? pte->pte : 0);
	look_at_mfn("start_info: store_mfn", xen_start_info->store_mfn);
	look_at_mfn("start_info: console", xen_start_info->console.domU.mfn);
	if (virt_to_mfn(xen_store_interface) != xen_start_info->store_mfn)
		find("start_info: store_mfn: %lx, the ring is %lx; ",
		     xen_start_info->store_mfn, virt_to_mfn(xen_store_interface));
	look_at_mfn("shared info: p2m_cr3", PFN_DOWN(shared->arch.p2m_cr3));
	if (shared->arch.pfn_to_mfn_frame_list_list != ~0UL)
		look_at_tree(shared->arch.pfn_to_mfn_frame_list_list, 2);
}

/* Return the next word on the stack that is an address of kernel code, or NULL. */
static void *caller(const unsigned long *word, const unsigned long *end)
{
	for (; word < end; word++)
		if (*word >= __START_KERNEL && *word < __START_KERNEL + SZ_16M)
			return (void *)*word;
	return NULL;
}

/*
 * Count the words on a task's stack that look like page table entries of noted frames. Such
 * a word may be left from a function that has returned, so it is not counted as a finding.
 */
static void look_at_stack(struct task_struct *task)
{
	const unsigned long *end = task_stack_page(task) + THREAD_SIZE;
	const unsigned long *word = (void *)task->thread.sp;

	if (task == current || task->on_cpu || !task_stack_page(task))
		return;
	for (; word < end; word++)
		if (*word & _PAGE_PRESENT && is_noted(entry_mfn(*word)) &&
		    !(*word & ~(XEN_PTE_MFN_MASK | _PAGE_NX | ~PAGE_MASK)))
			note_stack("%s: %lx below %pS; ", task->comm, *word, caller(word, end));
}

void look_at_stacks(void)
{
	struct task_struct *process, *task;

	rcu_read_lock();
	for_each_process_thread(process, task)
		look_at_stack(task);
	rcu_read_unlock();
}

/* Check the frames in the grant table, which must have version 1. */
void look_at_grants(void)
{
	const struct grant_entry_v1 *table = *(struct grant_entry_v1 **)sym_gnttab_shared;
	unsigned int nr = *(unsigned int *)sym_nr_grant_frames * (PAGE_SIZE / sizeof(*table));
	unsigned int ref;

	grants = 0;
	for (ref = 0; ref < nr; ref++) {
		struct grant_entry_v1 entry = READ_ONCE(table[ref]);

		if ((entry.flags & GTF_type_mask) != GTF_permit_access)
			continue;
		grants++;
		if (is_noted(entry.frame))
			find("grant %u to domain %u: %x; ", ref, entry.domid, entry.frame);
	}
}

/*
 * Check that this vCPU has registered its vcpu_info and runstate. Xen accepts the address of
 * a vcpu_info only once, so the call must fail here. The runstate is registered if Xen
 * keeps its state_entry_time up to date.
 */
void look_at_vcpu(void *unused)
{
	unsigned int cpu = smp_processor_id();
	void *info = this_cpu_ptr((void __percpu *)sym_xen_vcpu_info);
	const struct vcpu_runstate_info *area = this_cpu_ptr((void __percpu *)sym_xen_runstate);
	struct vcpu_register_vcpu_info again = {
		.mfn = virt_to_gfn(info),
		.offset = offset_in_page(info),
	};
	struct vcpu_runstate_info now = {};
	u64 since;

	if (!HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, cpu, &again))
		find("vCPU %u: no vcpu_info; ", cpu);
	do {
		since = READ_ONCE(area->state_entry_time);
		HYPERVISOR_vcpu_op(VCPUOP_get_runstate_info, cpu, &now);
	} while (since != READ_ONCE(area->state_entry_time));
	if (since != now.state_entry_time)
		find("vCPU %u: runs since %llx, not %llx; ", cpu, now.state_entry_time, since);
}
