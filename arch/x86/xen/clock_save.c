// SPDX-License-Identifier: GPL-2.0
/*
 * Resume the clocks after a suspend: sched_clock continues from its value
 * before the suspend, and the new domain's Xen updates the vDSO's time page.
 */
#include <linux/string.h>

#include <xen/xen-ops.h>

#include <asm/page.h>
#include <asm/xen/hypercall.h>

#include "suspend.h"

static u64 saved_sched_clock;	/* ns */

/**
 * xen_clock_suspend - save the present value of sched_clock
 * @s: the suspend
 *
 * Context: Stopped machine.
 * Return: 0.
 */
int xen_clock_suspend(struct xen_suspend *s)
{
	saved_sched_clock = xen_clocksource_read() - xen_sched_clock_offset;
	return 0;
}

/*
 * Register the vDSO's copy of vCPU 0's time page with the new domain's Xen.
 * Clear the page first, because it holds the TSC factors of the old host.
 * While the page is zero, the vDSO does not use it, and reads the time by a
 * system call.  If Xen rejects the page, the vDSO makes system calls from then on.
 */
static void register_vdso_time(void)
{
	struct vcpu_register_time_memory_area area = {
		.addr.v = &xen_clock->pvti,
	};

	clear_page(xen_clock);
	HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_memory_area,
			   xen_vcpu_nr(0), &area);
}

/**
 * xen_clock_resume - let sched_clock continue from the saved value
 * @s: the suspend
 *
 * Context: Stopped machine, vCPU info registered.  In a new domain, sched_clock
 * returns wrong times until this function has returned (I6).
 */
void xen_clock_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s) && xen_clock)
		register_vdso_time();

	/*
	 * pvclock never returns less than its last value, but the system time
	 * of a new host may be less.  So let pvclock forget the last value.
	 */
	pvclock_resume();
	xen_sched_clock_offset = xen_clocksource_read() - saved_sched_clock;
}
