// SPDX-License-Identifier: GPL-2.0
// clock_save.c keeps the clock across a save.
// files: arch/x86/xen/time.c
// gone: xen_save_time_memory_area xen_restore_time_memory_area xen_clock_value_saved
@@ @@
- void xen_save_time_memory_area(void)
- { ... }

@@ @@
- void xen_restore_time_memory_area(void)
- { ... }

@@ @@
- static u64 xen_clock_value_saved;
