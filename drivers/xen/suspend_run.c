// SPDX-License-Identifier: GPL-2.0
/*
 * Suspending a Xen guest, from one end to the other: by which tables, and what is told
 * about it.
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
 * What stands in the way of a fast walk, and of that only, has the slow one begun at once:
 * a vCPU that does not come, somebody who binds a driver, programs that talk to xenstore
 * all the time. Or a wake-up of before, which freezing tasks would have forgotten.
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
 * @rq: who asked; NULL if nobody waits
 *
 * Context: xenwatch (process context, may sleep, no locks), a single thread, which
 *	keeps two suspends apart.
 * Return: 0 when the domain goes on after a checkpoint or in a new place;
 *	-errno when it was not suspended, and goes on as if never asked.
 */
int xen_suspend(struct xen_suspend_request *rq)
{
	static struct xen_suspend suspend;
	struct xen_suspend *s = &suspend;
	/*
	 * Disks of a new domain are connected by this thread, here or later.  So it
	 * must not wait for one in reclaim.
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
