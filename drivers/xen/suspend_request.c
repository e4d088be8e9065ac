// SPDX-License-Identifier: GPL-2.0
/*
 * A toolstack's request that this domain suspend itself: when it is taken up
 * for good, until when it may be served, and when it is tried again.
 *
 * The request stays in control/shutdown until tasks are frozen and devices
 * suspended.  Till then it can be taken back, a refusal can be tried again, and
 * a toolstack that hears nothing knows that the domain runs on.  By clearing it
 * the guest commits itself: the toolstack then waits for the domain to stop, but
 * not for ever, and a domain that stops later is one that nobody resumes.
 *
 * All of this runs in xenwatch, but for acknowledge(), and so needs no locks.
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

/* Less would give up before anything can be tried. More than a day is a mistake. */
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

/* Longer than xenstored ever takes, and not so long that anybody minds. */
#define ACK_TIMEOUT	(10 * HZ)
/* How long a power-off that was asked for gets, before a suspend may freeze it. */
#define HOLD_MS		5000

static struct xen_pending pending;
static bool by_channel;		/* it came by event channel, rather than xenstore */
static ktime_t hold_until;

static void acknowledge(struct work_struct *work);

/*
 * Acknowledging means to ask xenstored, which takes for ever if that has
 * stopped answering.  Tasks are frozen, so nobody must wait for it.
 */
static struct {
	struct work_struct work;
	struct completion done;
	bool busy;		/* queued, and not collected yet */
	bool again;		/* acknowledged before */
	bool late;		/* whoever waited for it has given up */
	bool dropped;		/* of no account, whatever comes of it */
	bool fresh;		/* this cleared the node */
	ktime_t deadline;
	int err;
} ack = {
	.work = __WORK_INITIALIZER(ack.work, acknowledge),
	.done = COMPLETION_INITIALIZER(ack.done),
};

/* Of its own, as there may be no memory for another worker: tasks are frozen. */
static struct workqueue_struct *ack_wq;

/* Context: a worker, which does not freeze. */
static void acknowledge(struct work_struct *work)
{
	/* Acknowledged before, there may nevertheless be a new one. */
	ack.err = xen_suspend_request_ack();
	ack.fresh = !ack.err;
	if (ack.err == -ECANCELED && ack.again)
		ack.err = xen_suspend_request_superseded();
	complete(&ack.done);
	/* Pairs with accept(): at least one of the two sees the other. */
	smp_mb();
	if (READ_ONCE(ack.late))
		xen_shutdown_look_again(0);
}

/* Take over what became of an acknowledgment.  Returns 0 or -errno. */
static int collect(void)
{
	ack.busy = false;
	if (ack.fresh && !ack.dropped)
		xen_pending_acked(&pending, ktime_get_boottime(), ack.deadline);
	return ack.err;
}

/*
 * Returns 0 when the toolstack knows that we will suspend; -ECANCELED when it
 * wants that no longer; -EINTR when it wants something else since; -ETIMEDOUT
 * when xenstored does not answer, in which case the answer may come yet.
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
	/* The toolstack cannot begin to wait before this. */
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
 * To notify was to be answered: there is nothing that the toolstack waits for.  Whether
 * it still does is asked before anything, and with the machine stopped.
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

	/* As long as xenstored owes us an answer, tasks had better run. */
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
	/* A late answer may have had that done at once, which is put off now. */
	if (ack.busy && completion_done(&ack.done))
		xen_shutdown_look_again(0);
}

/* Refused, and nobody took it back. */
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
 * xen_suspend_request_settle - take over an acknowledgment that came late
 *
 * To be called before control/shutdown is read, or what that clears is taken
 * for still there.
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_settle(void)
{
	if (ack.busy && completion_done(&ack.done))
		collect();
}

/**
 * xen_suspend_request_hold - something that needs user space was asked for
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_hold(void)
{
	hold_until = ktime_add_ms(ktime_get_boottime(), HOLD_MS);
}

/**
 * xen_suspend_request_changed - a toolstack may want this domain suspended
 * @value: what control/shutdown says
 * @poked: on account of xen_shutdown_look_again(), rather than of a change
 *
 * Suspends, or does nothing, or will look again.
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_changed(enum xen_shutdown_value value, bool poked)
{
	const struct xen_pending_times times = {
		.wait_ms = wait_ms, .early = early_ack,
	};

	/* Whoever wants the domain to go down does not want it to be saved. */
	if (value == XEN_SHUTDOWN_OTHER)
		ack.dropped = true;
	/* And this is somebody who does, since. */
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
 * xen_suspend_request_notified - a toolstack wants this domain suspended, by event channel
 * @since: CLOCK_BOOTTIME of the event
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_suspend_request_notified(ktime_t since)
{
	const struct xen_pending_times times = { .wait_ms = wait_ms };

	/* Whoever wants the domain to go down does not want it to be saved. */
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
