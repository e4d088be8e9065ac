// SPDX-License-Identifier: GPL-2.0
// A suspend is a walk through tables of phases.
// files: drivers/xen/manage.c
// gone: do_suspend suspend_info
@@ @@
- static void do_suspend(void)
- { ... }

@@ identifier data; @@
- static int xen_suspend(void *data)
- { ... }

@@ @@
- struct suspend_info { ... };
