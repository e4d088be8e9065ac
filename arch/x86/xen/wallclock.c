// SPDX-License-Identifier: GPL-2.0
/*
 * Correct CLOCK_REALTIME after a restore, if timekeeping leaves it wrong.
 *
 * After a restore, timekeeping adds to REALTIME and BOOTTIME the time by which the host's wall
 * clock has moved forward since the suspend.  So the difference between REALTIME and the wall clock
 * stays the same.  REALTIME is wrong in two cases:
 *
 * - The wall clock has moved back, because it was set, or because the new host's clock is behind.
 *   Then timekeeping adds nothing, and REALTIME is ahead by as much as the wall clock moved back.
 * - REALTIME differed from the old host's wall clock by less than two seconds.  Such a difference
 *   is an error of the old host or of the guest, so set REALTIME to the new host's wall clock.
 *
 * If the wall clock of the new host is ahead, the guest cannot distinguish this from time away.
 * Then both BOOTTIME and REALTIME move forward by as much.
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

/*
 * Do not correct smaller errors.  NTP slews the clock by this much within a minute, and then
 * REALTIME does not go back.
 */
#define STEP_MIN_NS	(20 * NSEC_PER_MSEC)

/*
 * A smaller difference between REALTIME and the wall clock is an error.  A larger difference may
 * be on purpose.  timekeeping uses the same limit for persistent clocks with a resolution of a
 * second.
 */
#define ERROR_MAX_NS	(2LL * NSEC_PER_SEC)

/*
 * ahead_then: by how much REALTIME was ahead of the host's wall clock at the last suspend, in ns.
 * away_then: the sum of the times away in all suspends before the last one, in ns.
 * wallclock_suspend() writes both with the machine stopped; xenwatch reads them after a restore.
 */
static s64 ahead_then;
static s64 away_then;

static s64 time_away(void)
{
	return ktime_mono_to_any(0, TK_OFFS_BOOT);
}

/*
 * Return by how much REALTIME is ahead of the host's wall clock, in ns.  Xen may run another
 * domain between the readings of the two clocks, so measure five times, and use the measurement
 * that took least time.
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
 * xen_wallclock_wrong - compute by how much REALTIME must be set back after a restore
 * @back: by how much the lead of REALTIME over the host's wall clock has grown since the suspend,
 *	in ns.  If the wall clock moved back, @back is the time by which it did.
 * @ahead: by how much REALTIME was ahead of the wall clock at the suspend, in ns
 * @away: how long the guest was away, by the wall clock, in ns
 *
 * If @ahead is less than two seconds, it is an error, so set REALTIME to the new host's wall clock.
 * But correct at most @away of this error: otherwise REALTIME could be set to a time before the
 * suspend although the wall clock did not move back.
 *
 * If @ahead is larger, it may be on purpose, or the old host's clock was wrong.  Then either set
 * REALTIME to the new host's wall clock, or keep it @ahead of that clock, whichever is the smaller
 * step.
 *
 * Context: Any.
 * Return: the time by which REALTIME must be set back, in ns.
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
 * Return true if the domain's wall clock may differ from the host's, because the guest sets its
 * RTC.  When an HVM guest sets its RTC, Xen moves the wall clock of this domain by as much.  The
 * image keeps this, but a toolstack whose configuration sets the RTC undoes it.  While NTP keeps
 * the guest's clock, the kernel sets the RTC.  If REALTIME were set by the wall clock then, a
 * correct REALTIME could become wrong by hours.
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
 * Correct REALTIME after a restore, in one step as clock_adjtime() does.  Timers that use REALTIME,
 * and programs that wait until it is set, are notified.  MONOTONIC and BOOTTIME do not change.
 *
 * Context: xenwatch, process context, new domain, timekeeping resumed.  Programs are frozen or sent
 *	to the freezer.
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
 * Register the callbacks for suspend and restore.  Syscore ops that are registered last are
 * suspended first.  So register ours late, after those of timekeeping: wallclock_suspend() reads
 * the clock.  Register nothing unless the persistent clock is fine.  A fine clock means that the
 * domain uses Xen's wall clock, and is not the initial domain, which never migrates.
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
