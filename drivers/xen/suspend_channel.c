// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to suspend by event channel: a toolstack binds the port whose number is in
 * device/suspend/event-channel, and notifies it.  The toolstack need not write to xenstore,
 * nor wait for an acknowledgment.
 *
 * Off by default, because libxl, at least up to version 4.17, has problems with this
 * protocol: see Documentation/xen/protocol.rst.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include <asm/xen/hypercall.h>

#include "manage.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen_suspend."

static bool event_channel;
module_param(event_channel, bool, 0444);
MODULE_PARM_DESC(event_channel, "Offer toolstacks an event channel to ask for a suspend by (N)");

#define DIR	"device/suspend"
#define NODE	"event-channel"

static int irq;			/* 0 while no event channel is open */
static evtchn_port_t port;	/* 0 until this domain has allocated one */
static ktime_t asked_at;	/* CLOCK_BOOTTIME of the last event */
static unsigned long asked;	/* bit 0: there was an event that xenwatch must handle */

/* If no worker runs on vCPU 0 for this long, a worker on any vCPU fires the watch. */
#define BUSY	(HZ / 10)

static void node_changed(void);

/*
 * Move xenwatch to vCPU 0, where the domain is suspended, because waking another vCPU takes
 * time.  Then allow xenwatch all usual vCPUs again: a real-time program may occupy vCPU 0.
 * xenwatch moves only once, at boot, when no such program runs yet.
 */
static void settle(void)
{
	const struct cpumask *usual = housekeeping_cpumask(HK_TYPE_KTHREAD);
	static bool settled;

	if (settled || !xen_suspend_wants_fast())
		return;
	settled = true;
	if (cpumask_test_cpu(0, usual)) {
		set_cpus_allowed_ptr(current, cpumask_of(0));
		set_cpus_allowed_ptr(current, usual);
	}
	if (event_channel)
		sched_set_fifo_low(current);
}

/*
 * A watch event from xenstored has a token, and means that the node was set or changed.  One
 * from fire() or fire_from_elsewhere() has an empty token, and may come twice for a request.
 */
static void changed(struct xenbus_watch *watch, const char *path,
		    const char *token)
{
	if (*token) {
		settle();
		node_changed();
	} else if (test_and_clear_bit(0, &asked)) {
		xen_suspend_request_notified(READ_ONCE(asked_at));
	}
}

static struct xenbus_watch channel_watch = {
	.node = DIR "/" NODE,
	.callback = changed,
};

static void fire_from_elsewhere(struct work_struct *work)
{
	xenbus_fire_watch(&channel_watch);
}

static DECLARE_DELAYED_WORK(elsewhere, fire_from_elsewhere);

static void fire(struct work_struct *work)
{
	cancel_delayed_work(&elsewhere);
	xenbus_fire_watch(&channel_watch);
}

static DECLARE_WORK(here, fire);

static irqreturn_t notified(int unused, void *data)
{
	WRITE_ONCE(asked_at, ktime_get_boottime());
	set_bit(0, &asked);
	queue_work_on(0, system_highpri_wq, &here);
	mod_delayed_work(system_dfl_wq, &elsewhere, BUSY);
	return IRQ_HANDLED;
}

/**
 * xen_suspend_channel_held - check whether a toolstack has bound the event channel
 *
 * A toolstack that gives up closes its end.  Another toolstack can then bind the port.
 *
 * Context: Any.
 * Return: true if a toolstack has bound the event channel.
 */
bool xen_suspend_channel_held(void)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	return port &&
	       !HYPERVISOR_event_channel_op(EVTCHNOP_status, &status) &&
	       status.status == EVTCHNSTAT_interdomain;
}

/* Allocate a port that a toolstack in domain 0 can bind. */
static int new_port(void)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = 0,
	};
	int err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	if (!err)
		port = alloc.port;
	return err;
}

/*
 * Bind the port to an irq.  On failure, only forget the port: it may be closed already, and
 * its number was not published.
 */
static int give_irq(void)
{
	int err;

	if (irq) {
		rebind_evtchn_irq(port, irq);
		return 0;
	}
	err = bind_evtchn_to_irqhandler(port, notified, IRQF_NOBALANCING,
					"xen-suspend", NULL);
	if (err < 0) {
		port = 0;
		return err;
	}
	irq = err;
	irq_set_affinity(irq, cpumask_of(0));
	return 0;
}

/* Write the port to xenstore.  On failure, close it, because no toolstack can find it. */
static int tell_port(void)
{
	int err = xenbus_printf(XBT_NIL, DIR, NODE, "%u", port);

	if (err) {
		unbind_from_irqhandler(irq, NULL);
		irq = 0;
		port = 0;
	}
	return err;
}

/* Allocate a port in this domain, bind it to an irq, and write its number to xenstore. */
static void open_channel(void)
{
	int err = new_port();

	if (!err)
		err = give_irq();
	if (!err)
		err = tell_port();
	/* node_changed() tries again when the node changes. */
	if (err)
		pr_err("no event channel for requests: %pe\n", ERR_PTR(err));
}

/*
 * The watch fires when it is set, at boot and after a restore.  The node may contain a stale
 * port, of an earlier kernel or of the old domain.  Clear the node, and open a new channel.
 */
static void node_changed(void)
{
	char *value;

	if (event_channel && port)
		return;

	value = xenbus_read(XBT_NIL, DIR, NODE, NULL);
	if (IS_ERR(value))
		return;		/* the toolstack made no such node */
	if (*value)
		xenbus_write(XBT_NIL, DIR, NODE, "");
	kfree(value);
	if (event_channel)
		open_channel();
}

/* After a restore, forget the port of the old domain: node_changed() opens a new one. */
static int resumed(struct notifier_block *nb, unsigned long action, void *data)
{
	port = 0;
	return NOTIFY_DONE;
}

static struct notifier_block resume_nb = {
	.notifier_call = resumed,
};

static int xenstore_is_up(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	int err = register_xenbus_watch(&channel_watch);

	if (err)
		pr_err("cannot watch %s/%s: %d\n", DIR, NODE, err);
	return NOTIFY_DONE;
}

static struct notifier_block xenstore_nb = {
	.notifier_call = xenstore_is_up,
};

static int __init channel_init(void)
{
	if (!xen_domain() || xen_initial_domain())
		return 0;
	xen_resume_notifier_register(&resume_nb);
	register_xenstore_notifier(&xenstore_nb);
	return 0;
}
subsys_initcall(channel_init);
