// SPDX-License-Identifier: GPL-2.0
// manage.c keeps to itself, and phases need no notifier.
// files: include/xen/xen-ops.h
// gone: xen_setup_shutdown_event xen_resume_notifier_register xen_resume_notifier_unregister
@@ @@
- int xen_setup_shutdown_event(void);

@@ identifier f =~ "^xen_resume_notifier_(un)?register$"; identifier nb; @@
- void f(struct notifier_block *nb);
