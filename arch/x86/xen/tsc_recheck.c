// SPDX-License-Identifier: GPL-2.0
/*
 * Check after a restore whether the TSC is still a good clock.  A guest uses
 * the TSC if this was safe at boot, but the new host's TSC may be different, or
 * emulated.
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
 * Largest difference that is accepted.  Crystals of the same frequency differ
 * by this much, and so do two measurements of one host.  NTP corrects 500 ppm.
 */
#define TOLERANCE_PPM	100

/**
 * xen_tsc_trouble - find a reason why the TSC is no good clock any more
 * @invariant: the TSC runs at one frequency, also while a CPU sleeps
 * @tsc_mode: the present XEN_CPUID_TSC_MODE_*
 * @khz_then: the frequency of the TSC that Linux determined at boot
 * @khz_now: the frequency of the TSC that Xen reports now
 *
 * Context: Any.
 * Return: the reason, for a message "unstable due to", or NULL if the TSC is
 *	still a good clock.  The reason is not const, because the argument of
 *	mark_tsc_unstable() is not.
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

/*
 * Read CPUID, because Linux keeps the features of the host where it booted.
 * Xen reports an invariant TSC only if the present host has one.
 */
static bool tsc_invariant(void)
{
	return cpuid_edx(0x80000007) & BIT(8);
}

/* Return the domain's TSC mode.  Toolstacks other than libxl may change it. */
static u32 tsc_mode(void)
{
	u32 eax, ebx, ecx, edx;

	cpuid_count(xen_cpuid_base() + 3, 0, &eax, &ebx, &ecx, &edx);
	return ebx;
}

/* Return the TSC's frequency.  Retry if Xen updates the time page meanwhile. */
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
 * Stop using the TSC as the clock if it is not good on the new host.  The
 * clocksource watchdog may not check the TSC, and detects neither emulation,
 * which is slow, nor a difference of less than 1000 ppm.
 *
 * Context: xenwatch, process context.  A kernel thread, which is not frozen,
 *	changes the clock a little later.
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
 * xen_tsc_recheck_init - register the check of the TSC after each restore
 *
 * Context: Boot, if Linux prefers the TSC to Xen's clock.
 */
void __init xen_tsc_recheck_init(void)
{
	xen_resume_notifier_register(&tsc_nb);
}
