/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that the files of stale.ko share. stale_main.c describes the module. */
#ifndef STALE_H
#define STALE_H

#include <linux/types.h>

/* The addresses of symbols that are not exported. */
#define STALE_SYMBOLS(S)	\
	S(pgd_list)		\
	S(init_top_pgt)		\
	S(max_pfn)		\
	S(HYPERVISOR_shared_info) \
	S(gnttab_shared)	\
	S(nr_grant_frames)	\
	S(xen_vcpu_info)	\
	S(xen_runstate)		\
	S(xen_current_cr3)

#define STALE_EXTERN(name) extern ulong sym_##name;
STALE_SYMBOLS(STALE_EXTERN)
#undef STALE_EXTERN

extern uint frames, entries, tables, grants, overlap, findings, detached, stacks;
extern unsigned long nr_pfns, nr_mfns;
extern unsigned long *noted;	/* bit for each mfn: a frame of the old domain */
extern unsigned long *seen;	/* bit for each pfn: a page table that was walked */

__printf(1, 2) void find(const char *fmt, ...);
__printf(1, 2) void note_stack(const char *fmt, ...);

bool is_noted(unsigned long mfn);
bool has_frame(unsigned long p2m_entry);
unsigned long entry_mfn(unsigned long entry);
void walk_all(bool (*visit)(unsigned long entry, int level, unsigned long address));

void look_at_p2m(void);
void look_at_tables(void);
void look_at_xens_pages(void);
void look_at_stacks(void);
void look_at_grants(void);
void look_at_vcpu(void *unused);

#endif
