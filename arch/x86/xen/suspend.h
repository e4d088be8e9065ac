/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions and variables that the x86 suspend phases share with the rest of
 * arch/x86/xen.
 */
#ifndef _XEN_X86_SUSPEND_H
#define _XEN_X86_SUSPEND_H

#include <linux/cpumask.h>
#include <linux/mm_types.h>

#include <xen/suspend.h>

#include <asm/pvclock.h>

#include "xen-ops.h"

/* spec_ctrl_save.c */
void xen_spec_ctrl_suspend(void);
void xen_spec_ctrl_resume(void);

/* clock_save.c; below its functions, state of time.c that clock_save.c uses */
int xen_clock_suspend(struct xen_suspend *s);
void xen_clock_resume(struct xen_suspend *s);

extern u64 xen_sched_clock_offset;
extern struct pvclock_vsyscall_time_info *xen_clock;
u64 xen_clocksource_read(void);

/* vcpu_restore.c */
void xen_vcpu_reregister_all(void);

/*
 * Mark all offline PV vCPUs as not initialised.  A new domain's Xen has no
 * registers for them, so CPU hotplug must initialise them before they start.
 */
#ifdef CONFIG_XEN_PV_SMP
static inline void xen_forget_offline_vcpus(void)
{
	cpumask_copy(xen_cpu_initialized_map, cpu_online_mask);
}
#else
static inline void xen_forget_offline_vcpus(void) {}
#endif

/* mmu_save.c; below its functions, those of mmu_pv.c that mmu_save.c calls */
int xen_page_tables_suspend(struct xen_suspend *s);
void xen_page_tables_resume(struct xen_suspend *s);

void __xen_pgd_pin(struct mm_struct *mm, pgd_t *pgd);
void __xen_pgd_unpin(struct mm_struct *mm, pgd_t *pgd);

/* Root pages of the p2m tree of p2m.c.  p2m_save.c adds pages to the tree. */
extern unsigned long *p2m_mid_missing_mfn;
extern unsigned long *p2m_top_mfn;
extern unsigned long **p2m_top_mfn_p;
extern unsigned long *p2m_missing;
extern pte_t *p2m_missing_pte;
extern pte_t *p2m_identity_pte;

#endif /* _XEN_X86_SUSPEND_H */
