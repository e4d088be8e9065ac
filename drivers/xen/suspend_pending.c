// SPDX-License-Identifier: GPL-2.0
/*
 * What a request to suspend has come to, and what is next: the rules of
 * suspend_request.c, without anything that they would have to wait for.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "manage.h"

/*
 * Acknowledged, a request is not tried for long: should the toolstack be killed,
 * nobody would resume the domain.  With an early acknowledgment, nothing was
 * tried before it.
 */
#define ACKED_RETRY_MS	15000
/*
 * When whoever wanted it has certainly taken it back, if he is still there: to
 * libxl, a node that is cleared before is an acknowledgment.
 */
#define GRACE_MS	10000
#define LIBXL_GONE_MS	65000

/* May this go away by itself? */
static bool is_transient(int err)
{
	/* ENOSPC: of the transactions that xenstored allows. */
	return err == -EAGAIN || err == -EBUSY || err == -ENOMEM ||
	       err == -ENOSPC || err == -ETIMEDOUT;
}

/**
 * xen_pending_until - until when the toolstack waits for this domain
 * @p: the request
 * @times: how long toolstacks wait
 *
 * Context: Any.
 * Return: a time of CLOCK_BOOTTIME.
 */
ktime_t xen_pending_until(const struct xen_pending *p,
			  const struct xen_pending_times *times)
{
	if (p->state != XEN_PENDING_ACKED)
		return ktime_add_ms(p->since, times->wait_ms);
	return p->deadline;
}

/* Until when a suspend that was refused is tried again. */
static ktime_t last_retry(const struct xen_pending *p,
			  const struct xen_pending_times *times)
{
	ktime_t until = xen_pending_until(p, times);

	if (p->state != XEN_PENDING_ACKED || times->early)
		return until;
	return min(until, ktime_add_ms(p->acked, ACKED_RETRY_MS));
}

static ktime_t withdrawal(const struct xen_pending *p,
			  const struct xen_pending_times *times)
{
	u64 ms = (u64)times->wait_ms + GRACE_MS;

	return ktime_add_ms(p->since, max(ms, LIBXL_GONE_MS));
}

static enum xen_pending_todo asked(struct xen_pending *p,
				   const struct xen_pending_times *times,
				   ktime_t now, bool poked)
{
	/* A change to this, even from this, is somebody who begins to wait. */
	if (!poked || p->state == XEN_PENDING_NONE ||
	    p->state == XEN_PENDING_ACKED) {
		p->state = XEN_PENDING_ASKED;
		p->since = now;
		return XEN_PENDING_TRY_NEW;
	}
	if (p->state == XEN_PENDING_ASKED)
		return ktime_before(now, p->not_before) ? XEN_PENDING_LATER :
							   XEN_PENDING_TRY;
	if (ktime_before(now, withdrawal(p, times)))
		return XEN_PENDING_LATER;
	p->state = XEN_PENDING_NONE;
	return XEN_PENDING_WITHDRAW;
}

/* That the node is empty is by ourselves, then. */
static enum xen_pending_todo acked(struct xen_pending *p, ktime_t now,
				   bool poked)
{
	/* It may be the poke, too, if the node could not be read in between. */
	if (!poked || ktime_before(now, p->not_before))
		return XEN_PENDING_LATER;
	if (ktime_compare(now, p->deadline) <= 0)
		return XEN_PENDING_TRY;
	p->state = XEN_PENDING_NONE;
	return XEN_PENDING_EXPIRED;
}

/**
 * xen_pending_event - control/shutdown was looked at
 * @p: the request, if there is one; changed
 * @times: how long toolstacks wait
 * @now: CLOCK_BOOTTIME
 * @value: what it says
 * @poked: nothing there has changed since, as far as we know
 *
 * Context: Any.
 * Return: what to do.
 */
enum xen_pending_todo xen_pending_event(struct xen_pending *p,
					const struct xen_pending_times *times,
					ktime_t now,
					enum xen_shutdown_value value,
					bool poked)
{
	switch (value) {
	case XEN_SHUTDOWN_SUSPEND:
		return asked(p, times, now, poked);
	case XEN_SHUTDOWN_EMPTY:
		if (p->state == XEN_PENDING_ACKED)
			return acked(p, now, poked);
		break;
	default:
		break;
	}
	p->state = XEN_PENDING_NONE;
	return XEN_PENDING_NOTHING;
}

/**
 * xen_pending_acked - the toolstack knows that the domain will suspend
 * @p: the request; changed
 * @now: CLOCK_BOOTTIME
 * @deadline: CLOCK_BOOTTIME until when it waits for that
 *
 * Context: Any.
 */
void xen_pending_acked(struct xen_pending *p, ktime_t now, ktime_t deadline)
{
	p->state = XEN_PENDING_ACKED;
	p->acked = now;
	p->not_before = 0;
	p->deadline = deadline;
}

/**
 * xen_pending_result - the domain was suspended, or was not
 * @p: the request; changed
 * @times: how long toolstacks wait
 * @now: CLOCK_BOOTTIME
 * @err: 0 if it was, or -errno
 * @took_ms: how long it took
 *
 * Context: Any.
 * Return: in how many milliseconds to look again; 0 for not at all.
 */
unsigned int xen_pending_result(struct xen_pending *p,
				const struct xen_pending_times *times,
				ktime_t now, int err, s64 took_ms)
{
	/* What froze tasks for long must not do so most of the time. */
	s64 ms = max_t(s64, took_ms, XEN_PENDING_RETRY_MS);

	if (err && is_transient(err) &&
	    ktime_compare(ktime_add_ms(now, ms), last_retry(p, times)) <= 0) {
		p->not_before = ktime_add_ms(now, ms);
		return ms;
	}

	/* Done, or given up with nothing left in xenstore. */
	if (!err || p->state == XEN_PENDING_ACKED) {
		p->state = XEN_PENDING_NONE;
		return 0;
	}
	p->state = XEN_PENDING_REFUSED;
	return max_t(s64, ktime_ms_delta(withdrawal(p, times), now), 1);
}
