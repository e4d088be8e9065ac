// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine of a request to suspend: from each event and result, it
 * computes the next state and action.  suspend_request.c does everything that
 * may have to wait.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "manage.h"

/*
 * After the acknowledgment, retry for this time only: if the toolstack was
 * killed, no toolstack would resume the domain.  This limit does not apply to
 * an early acknowledgment, which comes before the first attempt.
 */
#define ACKED_RETRY_MS	15000
/*
 * A request that was refused is cleared GRACE_MS after the toolstack should
 * have given up, but not before LIBXL_GONE_MS.  By then, a toolstack that still
 * runs has withdrawn the request.  If the node were cleared earlier, libxl
 * would take this for an acknowledgment.
 */
#define GRACE_MS	10000
#define LIBXL_GONE_MS	65000

/* May a suspend that failed with @err succeed later without intervention? */
static bool is_transient(int err)
{
	/* ENOSPC: the domain has as many transactions as xenstored allows. */
	return err == -EAGAIN || err == -EBUSY || err == -ENOMEM ||
	       err == -ENOSPC || err == -ETIMEDOUT;
}

/**
 * xen_pending_until - return the time until which the toolstack waits
 * @p: the request
 * @times: how long toolstacks wait
 *
 * Context: Any.
 * Return: CLOCK_BOOTTIME until which the toolstack waits for the
 *	acknowledgment or, if the request is acknowledged, for the suspend.
 */
ktime_t xen_pending_until(const struct xen_pending *p,
			  const struct xen_pending_times *times)
{
	if (p->state != XEN_PENDING_ACKED)
		return ktime_add_ms(p->since, times->wait_ms);
	return p->deadline;
}

/* Return the time after which a suspend that was refused is not retried. */
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
	/*
	 * If the node has changed, a toolstack has written "suspend", maybe
	 * over an earlier "suspend", and begins to wait.  So the request is
	 * new.  A request after an acknowledgment, which clears the node, is
	 * also new.
	 */
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

/*
 * Return the next action for an acknowledged request.  The node is empty,
 * because the acknowledgment cleared it.
 */
static enum xen_pending_todo acked(struct xen_pending *p, ktime_t now,
				   bool poked)
{
	/*
	 * If @poked is false, the event usually is from the acknowledgment,
	 * which cleared the node.  But the event may be a poke, if the node
	 * could not be read for an earlier event.  So make the caller poke
	 * again.
	 */
	if (!poked || ktime_before(now, p->not_before))
		return XEN_PENDING_LATER;
	if (ktime_compare(now, p->deadline) <= 0)
		return XEN_PENDING_TRY;
	p->state = XEN_PENDING_NONE;
	return XEN_PENDING_EXPIRED;
}

/**
 * xen_pending_event - update the request after control/shutdown was read
 * @p: the request, if there is one; changed
 * @times: how long toolstacks wait
 * @now: CLOCK_BOOTTIME
 * @value: content of control/shutdown
 * @poked: the node was read for a retry, and is not known to have changed
 *
 * Context: Any.
 * Return: the action that the caller must take.
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
 * xen_pending_acked - record that the request was acknowledged
 * @p: the request; changed
 * @now: CLOCK_BOOTTIME
 * @deadline: CLOCK_BOOTTIME until which the toolstack waits for the suspend
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
 * xen_pending_result - update the request after an attempt to suspend
 * @p: the request; changed
 * @times: how long toolstacks wait
 * @now: CLOCK_BOOTTIME
 * @err: 0 if the domain was suspended, or -errno
 * @took_ms: duration of the attempt
 *
 * Context: Any.
 * Return: milliseconds until control/shutdown must be read again; 0 for never.
 */
unsigned int xen_pending_result(struct xen_pending *p,
				const struct xen_pending_times *times,
				ktime_t now, int err, s64 took_ms)
{
	/* An attempt may freeze tasks, so let them run as long in between. */
	s64 ms = max_t(s64, took_ms, XEN_PENDING_RETRY_MS);

	if (err && is_transient(err) &&
	    ktime_compare(ktime_add_ms(now, ms), last_retry(p, times)) <= 0) {
		p->not_before = ktime_add_ms(now, ms);
		return ms;
	}

	/* Suspended, or given up after the request was cleared in xenstore. */
	if (!err || p->state == XEN_PENDING_ACKED) {
		p->state = XEN_PENDING_NONE;
		return 0;
	}
	p->state = XEN_PENDING_REFUSED;
	return max_t(s64, ktime_ms_delta(withdrawal(p, times), now), 1);
}
