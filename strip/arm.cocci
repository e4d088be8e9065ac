// SPDX-License-Identifier: GPL-2.0
// Stubs that nobody calls: Xen cannot save Arm guests.
// files: arch/arm/xen/enlighten.c
// gone: xen_arch_pre_suspend xen_arch_post_suspend xen_timer_resume xen_arch_resume xen_arch_suspend
@@ identifier f = {xen_arch_pre_suspend, xen_arch_resume, xen_arch_suspend, xen_timer_resume}; @@
- void f(void) { }

@@ identifier c; @@
- void xen_arch_post_suspend(int c) { }
