/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_MANAGE_H
#define _XEN_MANAGE_H

#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/types.h>

#include <kunit/visibility.h>

/**
 * struct xen_request - a request that a toolstack can write to control/shutdown
 * @command: the value that the toolstack writes
 * @feature: the control/ node by which this kernel announces the request; NULL
 *	if toolstacks assume that every guest serves the request
 * @handle: serves the request, in xenwatch; NULL if manage.c does not serve it
 * @later: suspend_request.c acknowledges and serves the request
 */
struct xen_request {
	const char *command;
	const char *feature;
	void (*handle)(void);
	bool later;
};

/**
 * enum xen_shutdown_value - content of control/shutdown
 * @XEN_SHUTDOWN_EMPTY: the node is empty, does not exist, or must not be read
 * @XEN_SHUTDOWN_SUSPEND: a request to suspend
 * @XEN_SHUTDOWN_OTHER: any other value
 * @XEN_SHUTDOWN_UNKNOWN: reading the node failed, but may succeed later
 */
enum xen_shutdown_value {
	XEN_SHUTDOWN_EMPTY,
	XEN_SHUTDOWN_SUSPEND,
	XEN_SHUTDOWN_OTHER,
	XEN_SHUTDOWN_UNKNOWN,
};

/**
 * enum xen_pending_state - state of a request to suspend
 * @XEN_PENDING_NONE: there is no request
 * @XEN_PENDING_ASKED: the request is in control/shutdown, not acknowledged
 * @XEN_PENDING_ACKED: the request is acknowledged, but not served yet
 * @XEN_PENDING_REFUSED: the request is in control/shutdown, but this kernel
 *	has given up on it
 */
enum xen_pending_state {
	XEN_PENDING_NONE,
	XEN_PENDING_ASKED,
	XEN_PENDING_ACKED,
	XEN_PENDING_REFUSED,
};

/**
 * enum xen_pending_todo - next action for a request to suspend
 * @XEN_PENDING_NOTHING: do nothing
 * @XEN_PENDING_TRY_NEW: try to suspend, for a new request
 * @XEN_PENDING_TRY: try to suspend again, for the same request
 * @XEN_PENDING_LATER: read control/shutdown again in XEN_PENDING_RETRY_MS
 * @XEN_PENDING_EXPIRED: report that the deadline of the request has passed
 * @XEN_PENDING_WITHDRAW: clear control/shutdown, because the toolstack did not
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
 * @state: state of the request
 * @since: CLOCK_BOOTTIME when the request was first seen
 * @acked: CLOCK_BOOTTIME when the acknowledgment was recorded
 * @not_before: CLOCK_BOOTTIME before which there is no other attempt
 * @deadline: CLOCK_BOOTTIME after which the toolstack no longer waits for the
 *	suspend; valid once the request is acknowledged
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
 * @wait_ms: time that a toolstack waits for the acknowledgment, and the time
 *	that it waits for the suspend after the acknowledgment
 * @early: the guest acknowledges a request before the first attempt to suspend
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

/*
 * May a xenstore access that failed with @err succeed later?  -EACCES is
 * permanent.  -ECANCELED means that the node had no value to act on.
 */
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
