/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_MANAGE_H
#define _XEN_MANAGE_H

#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/types.h>

#include <kunit/visibility.h>

/**
 * struct xen_request - something that a toolstack can ask of this domain
 * @command: what it writes to control/shutdown
 * @feature: the control/ node that says we serve it; NULL for requests that
 *	every guest is taken to serve
 * @handle: serves it, in xenwatch; NULL if not built in
 * @later: acknowledged and served by suspend_request.c
 */
struct xen_request {
	const char *command;
	const char *feature;
	void (*handle)(void);
	bool later;
};

/**
 * enum xen_shutdown_value - what control/shutdown says
 * @XEN_SHUTDOWN_EMPTY: nothing, or there is no such node
 * @XEN_SHUTDOWN_SUSPEND: suspend
 * @XEN_SHUTDOWN_OTHER: something else
 * @XEN_SHUTDOWN_UNKNOWN: it could not be read
 */
enum xen_shutdown_value {
	XEN_SHUTDOWN_EMPTY,
	XEN_SHUTDOWN_SUSPEND,
	XEN_SHUTDOWN_OTHER,
	XEN_SHUTDOWN_UNKNOWN,
};

/**
 * enum xen_pending_state - how far a request to suspend has come
 * @XEN_PENDING_NONE: there is none
 * @XEN_PENDING_ASKED: in control/shutdown, not acknowledged
 * @XEN_PENDING_ACKED: acknowledged, not served
 * @XEN_PENDING_REFUSED: in control/shutdown, and will not be served
 */
enum xen_pending_state {
	XEN_PENDING_NONE,
	XEN_PENDING_ASKED,
	XEN_PENDING_ACKED,
	XEN_PENDING_REFUSED,
};

/**
 * enum xen_pending_todo - what is to be done about it now
 * @XEN_PENDING_NOTHING: nothing
 * @XEN_PENDING_TRY_NEW: try to suspend, for somebody new
 * @XEN_PENDING_TRY: try to suspend, once more
 * @XEN_PENDING_LATER: look again in XEN_PENDING_RETRY_MS
 * @XEN_PENDING_EXPIRED: say that it is too late
 * @XEN_PENDING_WITHDRAW: clear control/shutdown, which nobody else will
 */
enum xen_pending_todo {
	XEN_PENDING_NOTHING,
	XEN_PENDING_TRY_NEW,
	XEN_PENDING_TRY,
	XEN_PENDING_LATER,
	XEN_PENDING_EXPIRED,
	XEN_PENDING_WITHDRAW,
};

#define XEN_PENDING_RETRY_MS 1000

/**
 * struct xen_pending - a request to suspend
 * @state: how far it has come
 * @since: CLOCK_BOOTTIME when it was seen first
 * @acked: CLOCK_BOOTTIME when that was known to be acknowledged
 * @not_before: CLOCK_BOOTTIME of the next attempt
 * @deadline: CLOCK_BOOTTIME after which, acknowledged, it is worth nothing
 */
struct xen_pending {
	enum xen_pending_state state;
	ktime_t since;
	ktime_t acked;
	ktime_t not_before;
	ktime_t deadline;
};

/**
 * struct xen_pending_times - how long toolstacks wait
 * @wait_ms: for the acknowledgment, and then for the suspend
 * @early: the acknowledgment comes before the first attempt
 */
struct xen_pending_times {
	unsigned int wait_ms;
	bool early;
};

/* suspend_pending.c */
enum xen_pending_todo xen_pending_event(struct xen_pending *p,
					const struct xen_pending_times *times,
					ktime_t now,
					enum xen_shutdown_value value,
					bool poked);
ktime_t xen_pending_until(const struct xen_pending *p,
			  const struct xen_pending_times *times);
void xen_pending_acked(struct xen_pending *p, ktime_t now, ktime_t deadline);
unsigned int xen_pending_result(struct xen_pending *p,
				const struct xen_pending_times *times,
				ktime_t now, int err, s64 took_ms);

/* What was refused may be had later, but for what this domain may not do. */
static inline bool xen_xenstore_may_recover(int err)
{
	return err && err != -ECANCELED && err != -EACCES;
}

/* manage.c */
void xen_shutdown_look_again(unsigned int ms);

#ifdef CONFIG_XEN_SAVE_RESTORE
int xen_suspend_request_ack(void);
int xen_suspend_request_superseded(void);

/* suspend_request.c */
void xen_suspend_request_settle(void);
void xen_suspend_request_hold(void);
void xen_suspend_request_changed(enum xen_shutdown_value value, bool poked);
void xen_suspend_request_notified(ktime_t since);

/* suspend_channel.c */
bool xen_suspend_channel_held(void);
#else
static inline void xen_suspend_request_settle(void) { }
static inline void xen_suspend_request_hold(void) { }
static inline void xen_suspend_request_changed(enum xen_shutdown_value value,
					       bool poked) { }
#endif

#if IS_ENABLED(CONFIG_KUNIT)
const struct xen_request *xen_request_find(const char *command);
#endif

#endif /* _XEN_MANAGE_H */
