// SPDX-License-Identifier: GPL-2.0
/*
 * Serve a toolstack's request to suspend this domain: when to acknowledge the
 * request, until when to serve it, and when to retry.
 *
 * The request stays in control/shutdown until the slow phases are done, such as
 * freezing tasks and suspending devices.  Until then, the toolstack can withdraw
 * the request, the guest can retry after a refusal, and a toolstack that gets no
 * acknowledgment knows that the domain continues.  The guest acknowledges the
 * request by clearing the node.  After that, the toolstack waits for a limited
 * time for the domain to suspend.  If the domain suspends later, no toolstack
 * resumes it.
 *
 * All functions except acknowledge() run in xenwatch, so they need no locks.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>
#include <xen/xen.h>

#include "manage.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen_suspend."

static unsigned int wait_ms = 55000;

/* With less than a second, there is no time to suspend.  More than a day is a mistake. */
static int set_wait_ms(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, MSEC_PER_SEC, 86400 * MSEC_PER_SEC);
}

static const struct kernel_param_ops wait_ms_ops = {
	.set = set_wait_ms,
	.get = param_get_uint,
};
module_param_cb(wait_ms, &wait_ms_ops, &wait_ms, 0644);
MODULE_PARM_DESC(wait_ms, "How long a toolstack waits for this guest to take a request up, and then to suspend, in ms, less a margin (55000: libxl waits 60 s for each)");

static bool early_ack;
module_param(early_ack, bool, 0644);
MODULE_PARM_DESC(early_ack, "Acknowledge requests as they are seen, for toolstacks that do not wait as long (N)");

/* xenstored answers sooner, unless it hangs.  Tasks may be frozen meanwhile, so keep it short. */
#define ACK_TIMEOUT	(10 * HZ)
/* After a request to power off or reboot, do not suspend for this time: programs must run. */
#define HOLD_MS		5000

static struct xen_pending pending;
static bool by_channel;		/* the request came by event channel, not by xenstore */
static ktime_t hold_until;

static void acknowledge(struct work_struct *work);

/*
 * A worker acknowledges requests.  If xenstored has stopped answering, the worker waits
 * forever, but xenwatch waits only for ACK_TIMEOUT, because tasks may be frozen.
 */
static struct {
	struct work_struct work;
	struct completion done;
	bool busy;		/* the work is queued, and its result is not collected */
	bool again;		/* the request was acknowledged before */
	bool late;		/* xenwatch no longer waits for the result */
	bool dropped;		/* ignore the result: another request came later */
	bool fresh;		/* the work has cleared the node */
	ktime_t deadline;
	int err;
} ack = {
	.work = __WORK_INITIALIZER(ack.work, acknowledge),
	.done = COMPLETION_INITIALIZER(ack.done),
};

/*
 * A separate workqueue has a rescuer.  Without a rescuer, the acknowledgment could wait for
 * memory for a new worker, while tasks are frozen.
 */
static struct workqueue_struct *ack_wq;

/* Context: a worker, which does not freeze. */
static void acknowledge(struct work_struct *work)
{
	/* Try this also after an acknowledgment: the node may contain a new request. */
	ack.err = xen_suspend_request_ack();
	ack.fresh = !ack.err;
	if (ack.err == -ECANCELED && ack.again)
		ack.err = xen_suspend_request_superseded();
	complete(&ack.done);
	/* Pairs with accept(): it sees the completion, or this worker sees ack.late. */
	smp_mb();
	if (READ_ONCE(ack.late))
		xen_shutdown_look_again(0);
}

/* Update the request with the result of acknowledge().  Return this result: 0 or -errno. */
static int collect(void)
{
	ack.busy = false;
	if (ack.fresh && !ack.dropped)
		xen_pending_acked(&pending, ktime_get_boottime(), ack.deadline);
	return ack.err;
}

/*
 * Acknowledge the request.  Return 0 if the request is acknowledged; -ECANCELED if the
 * toolstack has withdrawn it; -EINTR if another request has replaced it; -ETIMEDOUT if
 * xenstored has not answered yet, but may still do so; or another -errno.
 */
static int accept(struct xen_suspend_request *rq)
{
	int err;

	if (!ack_wq)
		return -ENOMEM;
	ack.busy = true;
	ack.again = pending.state == XEN_PENDING_ACKED;
	ack.dropped = false;
	ack.late = false;
	/* The toolstack begins to wait when the node is cleared, so not before this time. */
	ack.deadline = ktime_add_ms(ktime_get_boottime(), wait_ms);
	reinit_completion(&ack.done);
	queue_work(ack_wq, &ack.work);
	if (!wait_for_completion_timeout(&ack.done, ACK_TIMEOUT)) {
		WRITE_ONCE(ack.late, true);
		/* Pairs with acknowledge(). */
		smp_mb();
		if (!completion_done(&ack.done))
			return -ETIMEDOUT;
	}
	err = collect();
	rq->deadline = pending.deadline;
	return err;
}

static bool held(struct xen_suspend_request *rq)
{
	return xen_suspend_channel_held();
}

/*
 * A request by event channel needs no acknowledgment.  held() checks whether the toolstack
 * still waits for the suspend: attempt() calls it first, and the phase `toolstack` calls it
 * when the machine is stopped.
 */
static int accept_notified(struct xen_suspend_request *rq)
{
	rq->deadline = pending.deadline;
	return 0;
}

static int attempt(const struct xen_pending_times *times)
{
	static struct xen_suspend_request notified = {
		.accept = accept_notified, .wanted = held,
	};
	static struct xen_suspend_request written = { .accept = accept };
	struct xen_suspend_request *rq = by_channel ? &notified : &written;
	int err = 0;

	/*
	 * Do not freeze tasks while xenstored has not answered an acknowledgment, nor soon
	 * after a request to power off or reboot.
	 */
	if (ack.busy || ktime_before(ktime_get_boottime(), hold_until))
		err = -EBUSY;
	else if (by_channel && !held(rq))
		err = -ECANCELED;
	else if (early_ack)
		err = rq->accept(rq);
	if (!err) {
		rq->freeze_until = xen_pending_until(&pending, times);
		return xen_suspend(rq);
	}
	xen_suspend_reason_write("request", "", err);
	return err;
}

static void try_it(const struct xen_pending_times *times)
{
	ktime_t start = ktime_get_boottime(), now;
	int err = attempt(times);
	unsigned int ms;

	now = ktime_get_boottime();
	ms = xen_pending_result(&pending, times, now, err,
				ktime_ms_delta(now, start));
	if (ms)
		xen_shutdown_look_again(ms);
	/*
	 * acknowledge() may have requested an immediate check after a late answer, and the
	 * call above has delayed this check.  So request an immediate check again.
	 */
	if (ack.busy && completion_done(&ack.done))
		xen_shutdown_look_again(0);
}

/* Clear a request that was refused, and that the toolstack has not withdrawn. */
static void withdraw(void)
{
	int err = xen_suspend_request_ack();

	if (!err)
		pr_info("the request that was refused is withdrawn, as nobody else does it\n");
	if (!xen_xenstore_may_recover(err))
		return;
	pending.state = XEN_PENDING_REFUSED;
	xen_shutdown_look_again(XEN_PENDING_RETRY_MS);
}

/**
 * xen_suspend_request_settle - collect the result of a late acknowledgment
 *
 * To be called before control/shutdown is read.  If it was called after that, the
 * worker could clear "suspend" in between, and the value that was read would be
 * taken for a new request.
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_settle(void)
{
	if (ack.busy && completion_done(&ack.done))
		collect();
}

/**
 * xen_suspend_request_hold - refuse to suspend for HOLD_MS
 *
 * To be called after a request that needs running programs, such as "poweroff".
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_hold(void)
{
	hold_until = ktime_add_ms(ktime_get_boottime(), HOLD_MS);
}

/**
 * xen_suspend_request_changed - serve a request to suspend in control/shutdown
 * @value: content of control/shutdown
 * @poked: the node was read because of xen_shutdown_look_again(), not of a change
 *
 * Depending on the state of the request, suspend, read the node again later, or do nothing.
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_changed(enum xen_shutdown_value value, bool poked)
{
	const struct xen_pending_times times = {
		.wait_ms = wait_ms, .early = early_ack,
	};

	/* Another request, such as "poweroff", makes an unfinished acknowledgment invalid. */
	if (value == XEN_SHUTDOWN_OTHER)
		ack.dropped = true;
	/* A later request to suspend makes an unfinished acknowledgment valid again. */
	if (value == XEN_SHUTDOWN_SUSPEND)
		ack.dropped = false;

	switch (xen_pending_event(&pending, &times, ktime_get_boottime(),
				  value, poked)) {
	case XEN_PENDING_TRY_NEW:
		by_channel = false;
		xen_suspend_reason_reset();
		fallthrough;
	case XEN_PENDING_TRY:
		try_it(&times);
		break;
	case XEN_PENDING_LATER:
		xen_shutdown_look_again(XEN_PENDING_RETRY_MS);
		break;
	case XEN_PENDING_EXPIRED:
		xen_suspend_reason_write("deadline", "", -ETIME);
		break;
	case XEN_PENDING_WITHDRAW:
		withdraw();
		break;
	case XEN_PENDING_NOTHING:
		break;
	}
}

/**
 * xen_suspend_request_notified - serve a request to suspend that came by event channel
 * @since: CLOCK_BOOTTIME of the event
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_notified(ktime_t since)
{
	const struct xen_pending_times times = { .wait_ms = wait_ms };

	/* Do not suspend while the system shuts down. */
	if (system_state > SYSTEM_RUNNING)
		return;
	by_channel = true;
	xen_suspend_reason_reset();
	xen_pending_acked(&pending, since, ktime_add_ms(since, wait_ms));
	try_it(&times);
}

static int __init request_init(void)
{
	if (!xen_domain())
		return 0;
	ack_wq = alloc_workqueue("xen_suspend", WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	return ack_wq ? 0 : -ENOMEM;
}
core_initcall(request_init);
