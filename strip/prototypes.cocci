// SPDX-License-Identifier: GPL-2.0
// Prototypes of what the other rules remove.
// files: include/xen/xen-ops.h arch/x86/xen/xen-ops.h include/xen/events.h include/xen/grant_table.h
// gone: xen_arch_pre_suspend xen_arch_post_suspend xen_arch_resume xen_arch_suspend
// gone: xen_manage_runstate_time
// gone: xen_mm_pin_all xen_mm_unpin_all xen_vcpu_restore xen_save_time_memory_area
// gone: xen_restore_time_memory_area xen_irq_resume gnttab_suspend gnttab_resume
@@
identifier f = {xen_arch_pre_suspend, xen_arch_resume, xen_arch_suspend, xen_mm_pin_all,
	xen_mm_unpin_all, xen_vcpu_restore, xen_save_time_memory_area,
	xen_restore_time_memory_area, xen_irq_resume};
@@
- void f(void);

@@ identifier f = {xen_arch_post_suspend, xen_manage_runstate_time}; identifier a; @@
- void f(int a);

@@ identifier f = {gnttab_suspend, gnttab_resume}; @@
- int f(void);
