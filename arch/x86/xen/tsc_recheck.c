// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that was found at boot to be safe with the TSC as its clock may have
 * been moved to where it is not.
 */
#include <linux/clocksource.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include <kunit/visibility.h>

#include <asm/processor.h>
#include <asm/pvclock.h>
#include <asm/tsc.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypervisor.h>

#include "xen-ops.h"

/*
 * Crystals of one frequency differ by this much, as do two measurements of a
 * host.  NTP makes up for five times as much.
 */
#define TOLERANCE_PPM	100

/**
 * xen_tsc_trouble - why a TSC that was a good clock is none any more
 * @invariant: it runs at one frequency, also while a CPU sleeps
 * @tsc_mode: XEN_CPUID_TSC_MODE_*, as it is now
 * @khz_then: its frequency, as the clock has it
 * @khz_now: its frequency, as Xen has it
 *
 * Context: Any.
 * Return: the reason, to follow "unstable due to"; NULL if it still is.  Not
 *	const, as mark_tsc_unstable() takes it.
 */
VISIBLE_IF_KUNIT char *xen_tsc_trouble(bool invariant, u32 tsc_mode,
				       unsigned int khz_then,
				       unsigned int khz_now)
{
	u64 apart = abs_diff(khz_then, khz_now);

	if (!invariant)
		return "a restore where it is not invariant";
	if (tsc_mode != XEN_CPUID_TSC_MODE_NEVER_EMULATE)
		return "a restore where Xen may emulate it";
	if (apart * 1000000 > (u64)khz_then * TOLERANCE_PPM)
		return "a restore where it has another frequency";
	return NULL;
}

/* CPUID, and not what boot made of it: Xen has no more of it than the host. */
static bool tsc_invariant(void)
{
	return cpuid_edx(0x80000007) & BIT(8);
}

/* This is of the domain, and goes with it where the toolstack is libxl. */
static u32 tsc_mode(void)
{
	u32 eax, ebx, ecx, edx;

	cpuid_count(xen_cpuid_base() + 3, 0, &eax, &ebx, &ecx, &edx);
	return ebx;
}

/* Xen may write to it at any time. */
static unsigned int tsc_khz_now(void)
{
	struct pvclock_vcpu_time_info *shared, copy;
	unsigned int version;

	preempt_disable();
	shared = &__this_cpu_read(xen_vcpu)->time;
	do {
		version = pvclock_read_begin(shared);
		copy = *shared;
	} while (pvclock_read_retry(shared, version));
	preempt_enable();

	return pvclock_tsc_khz(&copy);
}

/*
 * The clocksource watchdog, if it looks at the TSC, sees neither what emulation
 * costs nor less than 1000 ppm.
 *
 * Context: xenwatch, process context.  The clock changes a little later, in a
 * thread that is not frozen.
 */
static int tsc_recheck(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	char *trouble = xen_tsc_trouble(tsc_invariant(), tsc_mode(), tsc_khz,
					tsc_khz_now());

	if (trouble)
		mark_tsc_unstable(trouble);
	return NOTIFY_DONE;
}

static struct notifier_block tsc_nb = {
	.notifier_call = tsc_recheck,
};

/**
 * xen_tsc_recheck_init - have the TSC looked at again after each restore
 *
 * Context: Boot, the TSC is preferred to Xen's clock.
 */
void __init xen_tsc_recheck_init(void)
{
	xen_resume_notifier_register(&tsc_nb);
}
