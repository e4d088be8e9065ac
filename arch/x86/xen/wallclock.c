// SPDX-License-Identifier: GPL-2.0
/*
 * Set REALTIME after a restore, where timekeeping leaves it wrong.
 *
 * timekeeping takes what the host's wall clock has gone on by since the suspend for time
 * asleep: REALTIME keeps its distance to that clock.  Two cases are left:
 *
 * - The wall clock went back, since it was set, or since the new host's is behind.  Then
 *   timekeeping injects nothing, and REALTIME is ahead by as much as the clock went back.
 * - REALTIME was wrong by less than two seconds.  Such an error belongs to the old host
 *   or to the guest.  The guest goes by the clock of its new host.
 *
 * A wall clock that is ahead cannot be told from time away: both BOOTTIME and REALTIME go
 * on by as much.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/notifier.h>
#include <linux/syscore_ops.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>

#include <kunit/visibility.h>

#include <xen/xen.h>

#include <asm/x86_init.h>
#include <asm/xen/hypervisor.h>

#include "xen-ops.h"

/* NTP slews this within a minute.  That is better than a clock that goes back. */
#define STEP_MIN_NS	(20 * NSEC_PER_MSEC)

/*
 * Clocks that differ by more do so on purpose, or by a mistake.  timekeeping draws the
 * same line for persistent clocks of one-second resolution.
 */
#define ERROR_MAX_NS	(2LL * NSEC_PER_SEC)

/*
 * How far REALTIME was ahead of the host's wall clock at the last suspend, in ns, and for
 * how long the guest had been away until then, over all suspends.  wallclock_suspend()
 * writes both with the machine stopped; xenwatch reads them after a restore.
 */
static s64 ahead_then;
static s64 away_then;

static s64 time_away(void)
{
	return ktime_mono_to_any(0, TK_OFFS_BOOT);
}

/*
 * Return how far REALTIME is ahead of the host's wall clock, in ns.  Xen may run another
 * domain between the readings, so take the quickest of five.
 */
static s64 realtime_ahead(void)
{
	s64 took, shortest = S64_MAX, ahead = 0;
	struct timespec64 wall;
	ktime_t start;
	int i;

	for (i = 0; i < 5; i++) {
		start = ktime_get_real();
		read_persistent_clock64(&wall);
		took = ktime_sub(ktime_get_real(), start);
		if (took >= shortest)
			continue;
		shortest = took;
		ahead = start + took / 2 - timespec64_to_ns(&wall);
	}
	return ahead;
}

/* Context: stopped machine, before timekeeping is suspended. */
static int wallclock_suspend(void *data)
{
	ahead_then = realtime_ahead();
	away_then = time_away();
	return 0;
}

/**
 * xen_wallclock_wrong - compute how far REALTIME is ahead of what it should be
 * @back: how far the host's wall clock went back, in ns; what else timekeeping did not
 *	inject is in it, too
 * @ahead: how far REALTIME was ahead of that clock at the suspend, in ns
 * @away: for how long the guest was away, by that clock, in ns
 *
 * A distance of less than two seconds is an error, and REALTIME follows the new host.
 * The error alone must not take REALTIME back behind the suspend, hence @away.
 *
 * A larger distance may be on purpose, or the old host was wrong.  Of the new host's clock,
 * and the old distance to it, take that which is the smaller step.
 *
 * Context: Any.
 * Return: ns, by which REALTIME must be set back.
 */
VISIBLE_IF_KUNIT s64 xen_wallclock_wrong(s64 back, s64 ahead, s64 away)
{
	if (abs(ahead) < ERROR_MAX_NS)
		return back + min(ahead, away);
	if (abs(back + ahead) < back)
		return back + ahead;
	return back;
}

/*
 * When an HVM guest sets its RTC, Xen moves the wall clock of that domain by as much, the
 * image takes that along, and a toolstack that was told where the RTC must be undoes it.
 * The kernel sets the RTC where NTP keeps its clock.  Then the wall clock of the domain is
 * no news of the host's, and setting REALTIME by it may make a right clock wrong by hours.
 *
 * Context: process context.
 */
static bool wallclock_is_guests(void)
{
	struct __kernel_timex tx = {};

	if (!x86_platform.legacy.rtc)
		return false;
	do_adjtimex(&tx);
	return !(tx.status & STA_UNSYNC);
}

/*
 * Step as clock_adjtime() would: timers of REALTIME, and programs that wait for it to be
 * set, are notified.  MONOTONIC and BOOTTIME do not go back.
 *
 * Context: xenwatch, process context, new domain, programs frozen or held, timekeeping resumed.
 */
static int wallclock_restored(struct notifier_block *nb, unsigned long action,
			      void *data)
{
	s64 wrong = xen_wallclock_wrong(realtime_ahead() - ahead_then, ahead_then,
					time_away() - away_then);
	struct timespec64 step = ns_to_timespec64(-wrong);
	struct __kernel_timex tx = {
		.modes = ADJ_SETOFFSET,
		.time.tv_sec = step.tv_sec,
		.time.tv_usec = step.tv_nsec / NSEC_PER_USEC,
	};
	int err;

	if (abs(wrong) < STEP_MIN_NS || wallclock_is_guests())
		return NOTIFY_DONE;

	err = do_adjtimex(&tx);
	if (err < 0)
		pr_warn("cannot set the clock by %lld ms: %d\n",
			div_s64(-wrong, NSEC_PER_MSEC), err);
	else
		pr_info("clock set by %lld ms, for a new host\n",
			div_s64(-wrong, NSEC_PER_MSEC));
	return NOTIFY_DONE;
}

static const struct syscore_ops wallclock_syscore_ops = {
	.suspend = wallclock_suspend,
};

static struct syscore wallclock_syscore = {
	.ops = &wallclock_syscore_ops,
};

static struct notifier_block wallclock_nb = {
	.notifier_call = wallclock_restored,
};

/*
 * The syscore ops that were registered last are suspended first: register them after those
 * of timekeeping.  Only a domain that goes by Xen's wall clock, and that may be moved, has a
 * fine persistent clock.
 */
static int __init wallclock_init(void)
{
	if (!xen_domain() || !persistent_clock_is_fine)
		return 0;

	register_syscore(&wallclock_syscore);
	xen_resume_notifier_register(&wallclock_nb);
	return 0;
}
late_initcall(wallclock_init);
