// SPDX-License-Identifier: GPL-2.0
/*
 * The clock across a suspend: sched_clock goes on from where it stopped, and
 * the vDSO reads the time of the new domain, or none.
 */
#include <linux/string.h>

#include <xen/xen-ops.h>

#include <asm/page.h>
#include <asm/xen/hypercall.h>

#include "suspend.h"

static u64 saved_sched_clock;	/* ns */

/**
 * xen_clock_suspend - note what sched_clock shows
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
 * Give Xen the vDSO's copy of vCPU 0's time page again.  The page holds the
 * old host's factors until Xen writes to it.  Cleared, its flags say that it
 * cannot be used, and the vDSO falls back to the system call; if Xen does
 * not take the page, that is what remains: slower, never wrong.
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
 * xen_clock_resume - put the clock back, in this or in a new domain
 * @s: the suspend
 *
 * Context: Stopped machine, vCPU info registered.  Until this has run,
 * sched_clock is garbage (I6).
 */
void xen_clock_resume(struct xen_suspend *s)
{
	if (xen_suspend_restored(s) && xen_clock)
		register_vdso_time();

	/* A new host's system time may lie before what was last read. */
	pvclock_resume();
	xen_sched_clock_offset = xen_clocksource_read() - saved_sched_clock;
}
