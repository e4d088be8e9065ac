// SPDX-License-Identifier: GPL-2.0
// mmu_save.c pins and unpins for a save.
// files: arch/x86/xen/mmu_pv.c
// gone: xen_mm_pin_all xen_mm_unpin_all
@@ @@
- void xen_mm_pin_all(void)
- { ... }

@@ @@
- void xen_mm_unpin_all(void)
- { ... }
