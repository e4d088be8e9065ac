// SPDX-License-Identifier: GPL-2.0
// The store port is refreshed by a suspend phase, xenbus_refresh_store_port().
// files: drivers/xen/xenbus/xenbus_probe.c
// gone: xenbus_resume_cb xenbus_resume_nb xen_resume_notifier_register
@@ identifier nb, action, data; @@
- static int xenbus_resume_cb(struct notifier_block *nb, unsigned long action, void *data)
- { ... }

@@ @@
- static struct notifier_block xenbus_resume_nb = { ... };

@@ expression E; @@
- if (E) xen_resume_notifier_register(&xenbus_resume_nb);
