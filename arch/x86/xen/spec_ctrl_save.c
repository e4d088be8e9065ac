// SPDX-License-Identifier: GPL-2.0
/*
 * Clear the MSR SPEC_CTRL of each vCPU of a PV guest before a save, and set it again afterwards.
 */
#include <linux/cpufeature.h>
#include <linux/percpu.h>

#include <xen/xen.h>

#include <asm/msr.h>

#include "suspend.h"

static DEFINE_PER_CPU(u64, saved_spec_ctrl);

/*
 * Return true if SPEC_CTRL must be zero in a save.  Xen 4.5 and older may fail
 * to migrate a PV guest in which this MSR is not zero.
 */
static bool saves_spec_ctrl(void)
{
	return xen_pv_domain() && boot_cpu_has(X86_FEATURE_SPEC_CTRL);
}

/**
 * xen_spec_ctrl_suspend - keep this vCPU's SPEC_CTRL in memory, and clear the MSR
 *
 * Context: Interrupts off.
 */
void xen_spec_ctrl_suspend(void)
{
	u64 spec_ctrl;

	if (!saves_spec_ctrl())
		return;
	rdmsrq(MSR_IA32_SPEC_CTRL, spec_ctrl);
	this_cpu_write(saved_spec_ctrl, spec_ctrl);
	wrmsrq(MSR_IA32_SPEC_CTRL, 0);
}

/**
 * xen_spec_ctrl_resume - set this vCPU's SPEC_CTRL to the value before the suspend
 *
 * Context: Interrupts off.
 */
void xen_spec_ctrl_resume(void)
{
	if (saves_spec_ctrl())
		wrmsrq(MSR_IA32_SPEC_CTRL, this_cpu_read(saved_spec_ctrl));
}
