// SPDX-License-Identifier: GPL-2.0
// events_suspend.c gives irqs their new ports.
// files: drivers/xen/events/events_base.c
// gone: xen_irq_resume restore_cpu_virqs restore_cpu_ipis restore_pirqs
@@ @@
- void xen_irq_resume(void)
- { ... }

@@ identifier cpu; @@
- static void restore_cpu_virqs(unsigned int cpu)
- { ... }

@@ identifier cpu; @@
- static void restore_cpu_ipis(unsigned int cpu)
- { ... }

@@ @@
- static void restore_pirqs(void)
- { ... }
