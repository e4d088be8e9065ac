// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serve the requests that a toolstack writes to control/shutdown and
 * control/sysrq in xenstore.
 *
 * This kernel acknowledges a request by clearing its node, in the transaction
 * that read the request.  If the toolstack withdraws the request at the same
 * time, one of the two transactions fails.  Most requests are acknowledged at
 * once.  suspend_request.c decides when to acknowledge a request to suspend.
 */
#define pr_fmt(fmt) "xen: manage: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysrq.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "manage.h"

/* Notifiers called after each restore, e.g. to drop stale ports and grants. */
static BLOCKING_NOTIFIER_HEAD(resume_notifier);

/**
 * xen_resume_notifier_register - register a notifier that is called after a restore
 * @nb: called by xenwatch in process context, once for each restore, and never after a
 *	checkpoint or a suspend that failed
 *
 * xenwatch calls @nb before it connects disks and network interfaces to their new backends.  So
 * @nb must not wait for a task that may wait for one of these devices:
 *
 * - @nb may sleep, but no program runs until @nb returns.
 * - Tasks may be running in the kernel, because the fast walk of a PV guest freezes no task.
 *   A task that waits for a disk may hold any lock that can be held over an allocation, a copy
 *   from or to user memory, or I/O.  The rtnl and locks of sysfs, of vCPU hotplug, of memory
 *   management and of inodes are such locks.  @nb must not wait for such a lock, nor for work
 *   that takes one.  Use a work item for that.
 * - @nb may take spinlocks, and a mutex whose holders never wait for any of the above.
 * - @nb must not use xenstore, which does not answer yet, nor register or unregister a notifier
 *   of this chain.
 * - @nb may allocate with GFP_NOWAIT or GFP_NOIO, and must handle a failure.
 *
 * The slow walk freezes tasks, and calls @nb between the early and the normal resume of devices.
 * While any program has /dev/xen/evtchn or gntdev open, xenwatch always takes the slow walk.
 *
 * Context: Process context, may sleep.
 */
void xen_resume_notifier_register(struct notifier_block *nb)
{
	blocking_notifier_chain_register(&resume_notifier, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_register);

/**
 * xen_resume_notifier_unregister - unregister a notifier of restores
 * @nb: the notifier that was registered
 *
 * Context: Process context, may sleep.
 */
void xen_resume_notifier_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&resume_notifier, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_unregister);

/**
 * xen_resume_notify - call the notifiers of restores
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_resume_notify(void)
{
	blocking_notifier_call_chain(&resume_notifier, 0, NULL);
}

/* The system is shutting down, so requests in control/shutdown are ignored. */
static bool going_down;

static void power_off(void)
{
	if (system_state > SYSTEM_RUNNING) {
		pr_info("going down already, ignoring the request\n");
		return;
	}
	/* Before user space is up, force the power-off if the command fails. */
	orderly_poweroff(system_state < SYSTEM_RUNNING);
}

static void reboot(void)
{
	orderly_reboot();
}

static const struct xen_request requests[] = {
	{ "poweroff",	"feature-poweroff",	power_off },
	{ "halt",	NULL,			power_off },
	{ "reboot",	"feature-reboot",	reboot },
	{ "suspend",	"feature-suspend",	NULL,
	  .later = IS_ENABLED(CONFIG_XEN_SAVE_RESTORE) },
};

static bool served(const struct xen_request *r)
{
	return r->handle || r->later;
}

/**
 * xen_request_find - find the request for a value of control/shutdown
 * @command: the value, exactly as read
 *
 * Context: Any.
 * Return: the request, or NULL if this kernel does not serve @command.
 */
VISIBLE_IF_KUNIT const struct xen_request *
xen_request_find(const char *command)
{
	const struct xen_request *r;

	for (r = requests; r < requests + ARRAY_SIZE(requests); r++)
		if (served(r) && !strcmp(command, r->command))
			return r;
	return NULL;
}

static bool is_request(const char *value)
{
	const struct xen_request *r = xen_request_find(value);

	if (!r)
		pr_info("ignoring unknown request \"%s\"\n", value);
	return r && r->handle;
}

static bool is_suspend(const char *value)
{
	const struct xen_request *r = xen_request_find(value);

	return r && r->later;
}

static bool is_key(const char *value)
{
	return true;
}

/* Return the value of control/@node, which the caller frees; NULL if empty; or ERR_PTR(). */
static char *value_of(struct xenbus_transaction xbt, const char *node)
{
	char *value = xenbus_read(xbt, "control", node, NULL);

	if (IS_ERR(value))
		return value == ERR_PTR(-ENOENT) ? NULL : value;
	if (*value)
		return value;
	kfree(value);
	return NULL;
}

/*
 * Read control/@node, and clear it if @wanted() accepts its value.  Return the
 * value, which the caller frees, or an ERR_PTR(): -ECANCELED if @wanted() did
 * not accept the value, or if the node is empty.  Both watches also fire for
 * empty nodes, once when they are set and again after a restore.
 */
static char *take(const char *node, bool (*wanted)(const char *value))
{
	struct xenbus_transaction xbt;
	char *value;
	int err;

again:
	err = xenbus_transaction_start(&xbt);
	if (err)
		goto fail;

	value = value_of(xbt, node);
	if (IS_ERR_OR_NULL(value) || !wanted(value)) {
		xenbus_transaction_end(xbt, 1);
		if (!IS_ERR(value)) {
			kfree(value);
			return ERR_PTR(-ECANCELED);
		}
		err = PTR_ERR(value);
		goto fail;
	}

	err = xenbus_write(xbt, "control", node, "");
	if (err)
		xenbus_transaction_end(xbt, 1);
	else
		err = xenbus_transaction_end(xbt, 0);
	if (!err)
		return value;

	kfree(value);
	if (err == -EAGAIN)
		goto again;
fail:
	pr_err("cannot read and clear control/%s: %d\n", node, err);
	return ERR_PTR(err);
}

static enum xen_shutdown_value look(void)
{
	enum xen_shutdown_value said;
	char *value = value_of(XBT_NIL, "shutdown");

	if (!value)
		return XEN_SHUTDOWN_EMPTY;
	if (IS_ERR(value))
		return xen_xenstore_may_recover(PTR_ERR(value)) ?
			XEN_SHUTDOWN_UNKNOWN : XEN_SHUTDOWN_EMPTY;
	said = is_suspend(value) ? XEN_SHUTDOWN_SUSPEND : XEN_SHUTDOWN_OTHER;
	kfree(value);
	return said;
}

#ifdef CONFIG_XEN_SAVE_RESTORE
/**
 * xen_suspend_request_ack - acknowledge a request to suspend
 *
 * Context: Process context, may sleep until xenstored answers.
 * Return: 0; -ECANCELED if control/shutdown has no such request; -errno.
 */
int xen_suspend_request_ack(void)
{
	char *value = take("shutdown", is_suspend);

	if (IS_ERR(value))
		return PTR_ERR(value);
	kfree(value);
	return 0;
}

/**
 * xen_suspend_request_superseded - check for a request other than suspend
 *
 * Context: Process context, may sleep until xenstored answers.
 * Return: 0 if there is none; -EINTR if control/shutdown has one, for instance
 *	"poweroff"; -EAGAIN if control/shutdown could not be read.
 */
int xen_suspend_request_superseded(void)
{
	switch (look()) {
	case XEN_SHUTDOWN_OTHER:
		return -EINTR;
	case XEN_SHUTDOWN_UNKNOWN:
		return -EAGAIN;
	default:
		return 0;
	}
}
#endif

/* Context: xenwatch, which calls the callbacks of all watches. */
static void shutdown_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	/* The node has changed, but could not be read since. */
	static bool unread;
	enum xen_shutdown_value value;
	char *command;

	if (READ_ONCE(going_down))
		return;

	xen_suspend_request_settle();
	value = look();
	/* Events from xenstored have a token; xenbus_fire_watch() has none. */
	unread = unread || *token;
	if (value == XEN_SHUTDOWN_UNKNOWN) {
		xen_shutdown_look_again(XEN_PENDING_RETRY_MS);
		return;
	}
	xen_suspend_request_changed(value, !unread);
	unread = false;
	if (value != XEN_SHUTDOWN_OTHER)
		return;

	command = take("shutdown", is_request);
	if (IS_ERR(command)) {
		if (xen_xenstore_may_recover(PTR_ERR(command)))
			xen_shutdown_look_again(XEN_PENDING_RETRY_MS);
		return;
	}
	xen_request_find(command)->handle();
	xen_suspend_request_hold();
	kfree(command);
}

static void sysrq_changed(struct xenbus_watch *watch, const char *path,
			  const char *token)
{
	char *key = take("sysrq", is_key);

	if (IS_ERR(key))
		return;
	handle_sysrq(key[0]);
	kfree(key);
}

static struct xenbus_watch shutdown_watch = {
	.node = "control/shutdown",
	.callback = shutdown_changed,
};

static void poke(struct work_struct *work)
{
	xenbus_fire_watch(&shutdown_watch);
}

static DECLARE_DELAYED_WORK(poke_work, poke);

/**
 * xen_shutdown_look_again - make xenwatch read control/shutdown again
 * @ms: delay in milliseconds, which replaces that of an earlier call
 *
 * Context: Any.
 */
void xen_shutdown_look_again(unsigned int ms)
{
	mod_delayed_work(system_percpu_wq, &poke_work, msecs_to_jiffies(ms));
}

static struct xenbus_watch sysrq_watch = {
	.node = "control/sysrq",
	.callback = sysrq_changed,
};

/* Announce in xenstore that this kernel serves a request. */
static void tell(const struct xen_request *r)
{
	int err;

	if (!served(r) || !r->feature)
		return;
	err = xenbus_write(XBT_NIL, "control", r->feature, "1");
	if (err)
		pr_err("cannot announce control/%s: %d\n", r->feature, err);
}

/*
 * Continue after each failure.  For instance, a toolstack can still power off
 * a guest that could not announce its features.
 */
static int xenstore_is_up(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	const struct xen_request *r;
	int err;

	err = register_xenbus_watch(&shutdown_watch);
	if (err)
		pr_err("cannot watch control/shutdown: %d\n", err);

	if (IS_ENABLED(CONFIG_MAGIC_SYSRQ)) {
		err = register_xenbus_watch(&sysrq_watch);
		if (err)
			pr_err("cannot watch control/sysrq: %d\n", err);
	}

	for (r = requests; r < requests + ARRAY_SIZE(requests); r++)
		tell(r);
	return NOTIFY_DONE;
}

static struct notifier_block xenstore_nb = {
	.notifier_call = xenstore_is_up,
};

static int system_goes_down(struct notifier_block *nb, unsigned long event,
			    void *data)
{
	WRITE_ONCE(going_down, true);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = {
	.notifier_call = system_goes_down,
};

static int __init manage_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	register_xenstore_notifier(&xenstore_nb);
	register_reboot_notifier(&reboot_nb);
	return 0;
}
subsys_initcall(manage_init);
