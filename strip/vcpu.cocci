// SPDX-License-Identifier: GPL-2.0
// vcpu_restore.c registers the areas of vCPUs again.
// files: arch/x86/xen/enlighten.c
// gone: xen_vcpu_setup_restore xen_vcpu_restore
@@ identifier cpu; @@
- static void xen_vcpu_setup_restore(int cpu)
- { ... }

@@ @@
- void xen_vcpu_restore(void)
- { ... }
