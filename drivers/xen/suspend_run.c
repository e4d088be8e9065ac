// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest, at the top level: choose the fast or the slow walk, do it, and
 * report the result.
 */
#include <linux/errno.h>
#include <linux/pm.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include <trace/events/power.h>

#include <xen/suspend.h>

static int walk_slow(struct xen_suspend *s)
{
	return xen_suspend_walk(s, &xen_suspend_thread_table,
				xen_suspend_stop);
}

/*
 * Should the slow walk follow a fast walk that failed with @err?  It should after -EAGAIN or
 * -ETIMEDOUT, unless the phase `request` failed: a vCPU did not park, a task binds a driver,
 * or programs send requests to xenstore all the time.  It should also after -EBUSY of
 * `syscore`, for a pending wakeup event: freezing tasks clears this event.
 */
static bool is_for_slow(const struct xen_suspend *s, int err)
{
	if (err == -EAGAIN || err == -ETIMEDOUT)
		return strcmp(s->failed, "request");
	return err == -EBUSY && !strcmp(s->failed, "syscore");
}

static int walk(struct xen_suspend *s)
{
	int err;

	if (!xen_suspend_may_be_fast(s))
		return walk_slow(s);

	err = xen_suspend_walk(s, &xen_suspend_fast_table, xen_suspend_park);
	if (!is_for_slow(s, err))
		return err;
	if (!*s->slow && *s->culprit)
		scnprintf(s->slow, sizeof(s->slow), "%s: %s", s->failed,
			  s->culprit);
	else if (!*s->slow)
		strscpy(s->slow, s->failed);
	s->nr_records = 0;
	s->failed = NULL;
	*s->culprit = '\0';
	return walk_slow(s);
}

/**
 * xen_suspend - suspend this guest, and resume it
 * @rq: the request; NULL if no toolstack waits
 *
 * Context: xenwatch (process context, may sleep, no locks held).  xenwatch is one thread,
 *	so there is never more than one suspend at a time.
 * Return: 0 if the domain was suspended, and continues after a checkpoint or a restore;
 *	-errno if the domain was not suspended, and continues as before.
 */
int xen_suspend(struct xen_suspend_request *rq)
{
	static struct xen_suspend suspend;
	struct xen_suspend *s = &suspend;
	/*
	 * This thread connects the disks of a new domain, here or later.  So its
	 * allocations must not wait for a disk in reclaim.
	 */
	unsigned int noio = memalloc_noio_save();
	int err;

	xen_suspend_stats_begin(s, rq);
	trace_suspend_resume(TPS("suspend_enter"), PM_EVENT_HIBERNATE, true);
	err = walk(s);
	trace_suspend_resume(TPS("suspend_enter"), PM_EVENT_HIBERNATE, false);
	xen_suspend_stats_end(s, err);
	if (err) {
		xen_suspend_reason_write(s->failed, s->culprit, err);
	} else {
		xen_suspend_identity_end(s);
		xen_suspend_reason_forget();
	}
	memalloc_noio_restore(noio);
	return err;
}
