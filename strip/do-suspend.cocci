// SPDX-License-Identifier: GPL-2.0
// A suspend is a walk through tables of phases, and phases need no notifier.
// files: drivers/xen/manage.c include/xen/xen-ops.h
// gone: do_suspend suspend_info xen_resume_notifier_register xen_resume_notifier_unregister
@@ @@
- static void do_suspend(void)
- { ... }

@@ identifier data; @@
- static int xen_suspend(void *data)
- { ... }

@@ @@
- struct suspend_info { ... };

@@ identifier f =~ "^xen_resume_notifier_(un)?register$"; identifier nb; @@
- void f(struct notifier_block *nb)
- { ... }

@@ declarer name EXPORT_SYMBOL_GPL; identifier f =~ "^xen_resume_notifier_(un)?register$"; @@
- EXPORT_SYMBOL_GPL(f);

@@ identifier f =~ "^xen_resume_notifier_(un)?register$"; identifier nb; @@
- void f(struct notifier_block *nb);
