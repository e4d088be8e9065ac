// SPDX-License-Identifier: GPL-2.0
// xen_runstate_save() and xen_runstate_accumulate() allocate nothing.
// files: drivers/xen/time.c
// gone: xen_manage_runstate_time
@@ identifier action; @@
- void xen_manage_runstate_time(int action)
- { ... }
