// SPDX-License-Identifier: GPL-2.0
// manage.c keeps to itself.
// files: include/xen/xen-ops.h
// gone: xen_setup_shutdown_event
@@ @@
- int xen_setup_shutdown_event(void);
