// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's REALTIME keeps its distance to the wall clock of the host, by which
 * time away is measured, over a move to another host.
 *
 * Where that clock is ahead, there is no way to tell that from time away: both
 * BOOTTIME and REALTIME go on by as much.  Where it is behind by more than the guest
 * was away for, BOOTTIME stands still meanwhile, and REALTIME is set back.
 *
 * A distance that is no more than an error is kept over a checkpoint only: the new
 * host need not have that of the old one.
 *
 * What Xen shows to a domain is the host's wall clock and a number of seconds.  That is
 * zero, but where the configuration has the RTC at another time, as localtime does; and
 * when an HVM guest sets its RTC, Xen moves it by as much, and keeps it so in an image.
 * Where the configuration says otherwise, a restore goes back to what that says.
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

#include <xen/interface/xen.h>
#include <xen/xen.h>

#include <asm/mc146818rtc.h>
#include <asm/x86_init.h>
#include <asm/xen/hypervisor.h>

#include "xen-ops.h"

/* What NTP makes up for in a minute is not worth a clock that goes back. */
#define STEP_MIN_NS	(20 * NSEC_PER_MSEC)

/* Clocks that are further apart than this are so on purpose, or by a mistake. */
#define ERROR_MAX_NS	(2LL * NSEC_PER_SEC)

/*
 * How far REALTIME was ahead of the host's wall clock, in ns, when the guest was
 * last suspended.  Written with the machine stopped, or by xenwatch after a restore.
 */
static s64 kept_offset;

/* How much has been added to that number, as far as it was seen. */
static s64 moved_ns;

/* The wall clock at Xen's start, as it was shown before a suspend. */
static struct pvclock_wall_clock shown_then;
static bool suspended;

/*
 * What timekeeping was off by when it was last resumed, in ns: it reads one clock
 * after the other, and the host may run something else in between.
 */
static s64 resume_error;

/* For how long the guest had been away, ever, when it was last suspended, in ns. */
static s64 away_then;

static struct pvclock_wall_clock shown_now(void)
{
	const struct pvclock_wall_clock *wc = &HYPERVISOR_shared_info->wc;
	struct pvclock_wall_clock now;

	do {
		now.version = READ_ONCE(wc->version) & ~1;
		rmb(); /* Xen makes it odd before it writes the others ... */
		now.sec = READ_ONCE(wc->sec);
		now.nsec = READ_ONCE(wc->nsec);
		rmb(); /* ... and even afterwards. */
	} while (now.version != READ_ONCE(wc->version));

	return now;
}

/* In ns.  What Xen shows wraps in 2106. */
static s64 seconds_added(const struct pvclock_wall_clock *then,
			 const struct pvclock_wall_clock *now)
{
	return (s64)(s32)(now->sec - then->sec) * NSEC_PER_SEC;
}

/**
 * xen_wallclock_added - how much was added to what Xen shows
 * @then: the wall clock at Xen's start, as it was shown
 * @now: as it is
 *
 * Two hosts, or a host whose clock was set meanwhile, do not agree to the ns.
 *
 * Context: Any.
 * Return: ns, a whole number of seconds; 0 if the host's may be another.
 */
VISIBLE_IF_KUNIT s64 xen_wallclock_added(const struct pvclock_wall_clock *then,
					 const struct pvclock_wall_clock *now)
{
	if (then->nsec != now->nsec)
		return 0;
	return seconds_added(then, now);
}

/* With what was added by a restore, while a suspend is on its way back. */
static s64 moved_so_far(void)
{
	struct pvclock_wall_clock now;

	if (!suspended)
		return moved_ns;
	now = shown_now();
	return moved_ns + xen_wallclock_added(&shown_then, &now);
}

/**
 * xen_wallclock_to_time - what REALTIME would be by the host's wall clock
 * @wall: what Xen shows of that
 *
 * Context: Any, but for where the RTC is written.
 * Return: the same, and the distance that REALTIME keeps to it.
 */
struct timespec64 xen_wallclock_to_time(struct timespec64 wall)
{
	return timespec64_add(wall,
			      ns_to_timespec64(kept_offset - moved_so_far()));
}

/**
 * xen_wallclock_set_rtc - write the RTC that an HVM guest has
 * @now: what to write
 *
 * Xen moves the wall clock at once, by whole seconds.  A host whose own is set in that
 * moment is not told apart.
 *
 * Context: process context, a freezable workqueue: no suspend comes in between.
 * Return: 0, -ENODEV if there is none of ours, or why it could not be written.
 */
int xen_wallclock_set_rtc(const struct timespec64 *now)
{
	struct pvclock_wall_clock before, after;
	int err;

	if (xen_initial_domain() || !x86_platform.legacy.rtc)
		return -ENODEV;

	before = shown_now();
	err = mach_set_cmos_time(now);
	after = shown_now();
	moved_ns += seconds_added(&before, &after);
	return err;
}

static s64 time_away(void)
{
	return ktime_mono_to_any(0, TK_OFFS_BOOT);
}

/*
 * How far REALTIME is ahead of what the host's wall clock says it is, in ns.  The
 * quickest of some readings, for the same reason.
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

/**
 * xen_wallclock_error_left - how much of what the last resume was off by is there yet
 * @ahead: how far REALTIME is ahead now, in ns
 * @error: how far it was when it was resumed
 *
 * The rest was mended, by NTP say.
 *
 * Context: Any.
 * Return: a number of ns between 0 and @error.
 */
VISIBLE_IF_KUNIT s64 xen_wallclock_error_left(s64 ahead, s64 error)
{
	return clamp(ahead, min(error, 0LL), max(error, 0LL));
}

/*
 * To timekeeping, a wall clock is one that counts seconds: it takes up to two
 * that REALTIME has moved since the previous suspend for an error, and takes
 * them back.  Let that be what was an error, and not what NTP has mended.
 *
 * Context: stopped machine, before timekeeping is suspended.
 */
static int wallclock_suspend(void *data)
{
	s64 ahead = realtime_ahead();

	kept_offset += ahead -
		xen_wallclock_error_left(ahead, resume_error);
	away_then = time_away();
	shown_then = shown_now();
	suspended = true;
	return 0;
}

/*
 * What timekeeping does not take for an error, as it may if it is more than a
 * second, is there to stay.
 *
 * Context: stopped machine, after timekeeping was resumed.
 */
static void wallclock_resume(void *data)
{
	s64 ahead;

	moved_ns = moved_so_far();
	suspended = false;
	ahead = realtime_ahead();
	resume_error = abs(ahead) < NSEC_PER_SEC ? ahead : 0;
}

/**
 * xen_wallclock_wrong - how far REALTIME is ahead of what it should be in a new domain
 * @ahead: of the host's wall clock and the distance that was kept, in ns
 * @offset: that distance
 * @away: for how long the guest was away, by the host's wall clock
 * @moved: how much was added to the host's for this domain, as far as it was seen
 *
 * If the distance was an error, nobody knows whose; it is not one of the new host's.
 * That alone does not make REALTIME go back behind the suspend.  If it was more, but
 * without it less is wrong than with it, the old host was wrong, and REALTIME was not.
 *
 * If the guest, by NTP, has had something added, and the wall clock went back, that may
 * be gone, or the host's went back.  Either way REALTIME is late by the time away, and NTP
 * knows better than to set it by a guess.
 *
 * Context: Any.
 * Return: ns; what is not of @ahead, is of the distance.
 */
VISIBLE_IF_KUNIT s64 xen_wallclock_wrong(s64 ahead, s64 offset, s64 away,
					 s64 moved)
{
	if (moved >= ERROR_MAX_NS && ahead > 0)
		return 0;
	if (abs(offset) < ERROR_MAX_NS)
		return ahead + min(offset, away);
	if (abs(ahead + offset) < ahead)
		return ahead + offset;
	return ahead;
}

/*
 * By then, timekeeping has taken a wall clock that went on for time away, and
 * has left REALTIME alone if it went back.  Who waits for a REALTIME is told as
 * with any other change of it.
 *
 * Context: xenwatch, process context, new domain, tasks frozen.
 */
static int wallclock_restored(struct notifier_block *nb, unsigned long action,
			      void *data)
{
	s64 kept = realtime_ahead();
	s64 ahead = xen_wallclock_wrong(kept, kept_offset,
					time_away() - away_then, moved_ns);
	struct timespec64 step = ns_to_timespec64(-ahead);
	struct __kernel_timex tx = {
		.modes = ADJ_SETOFFSET,
		.time.tv_sec = step.tv_sec,
		.time.tv_usec = step.tv_nsec / NSEC_PER_USEC,
	};
	int err;

	/* What is left alone is no error, to be taken back with the next suspend. */
	if (abs(ahead) < STEP_MIN_NS) {
		resume_error = ahead;
		return NOTIFY_DONE;
	}

	err = do_adjtimex(&tx);
	if (err < 0) {
		pr_warn("cannot set the clock by %lld ms: %d\n",
			div_s64(-ahead, NSEC_PER_MSEC), err);
		return NOTIFY_DONE;
	}
	kept_offset -= ahead - kept;
	resume_error = 0;
	pr_info("clock set by %lld ms, for a new host\n",
		div_s64(-ahead, NSEC_PER_MSEC));
	return NOTIFY_DONE;
}

static const struct syscore_ops wallclock_syscore_ops = {
	.suspend = wallclock_suspend,
	.resume = wallclock_resume,
};

static struct syscore wallclock_syscore = {
	.ops = &wallclock_syscore_ops,
};

static struct notifier_block wallclock_nb = {
	.notifier_call = wallclock_restored,
};

/*
 * Of syscore ops, the last to come is the first to be suspended: be later than
 * timekeeping.  The initial domain, which is never moved, sets the host's clock.
 */
static int __init wallclock_init(void)
{
	if (!xen_domain() || xen_initial_domain() ||
	    x86_platform.get_wallclock != xen_get_wallclock)
		return 0;

	register_syscore(&wallclock_syscore);
	xen_resume_notifier_register(&wallclock_nb);
	return 0;
}
late_initcall(wallclock_init);
