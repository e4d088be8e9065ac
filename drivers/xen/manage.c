// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the toolstack asks of this domain: control/shutdown and control/sysrq
 * in xenstore.
 *
 * A request is acknowledged by clearing its node, in the transaction that
 * read it, so that a toolstack which takes it back and a guest which takes it
 * up cannot both win.  For most requests that is at once.  When it is for a
 * suspend, suspend_request.c says.
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

/* For drivers that hand out what Xen gave to this domain. */
static BLOCKING_NOTIFIER_HEAD(resume_notifier);

/**
 * xen_resume_notifier_register - be called when this is a new domain
 * @nb: called by xenwatch in process context, once for each restore, and never after a
 *	checkpoint or a suspend that failed
 *
 * It is called before disks and network interfaces are connected to their new backends, which
 * xenwatch does as well.  So @nb must not wait for anybody who may wait for one of these:
 *
 * - It may sleep, but the domain's programs wait for it meanwhile.
 * - Tasks may be running in the kernel, since a PV guest need not freeze them.  So any lock
 *   that is held over an allocation, a copy from or to user memory, or any I/O may be held by a
 *   task that waits for a disk.  The rtnl and locks of sysfs, of vCPU hotplug, of memory
 *   management and of inodes are such locks.  @nb must not wait for them, nor for work that
 *   takes them.  Leave that to a work item.
 * - Spinlocks are fine, and so is a mutex whose holders never wait for any of the above.
 * - It must not call xenstore, which does not answer yet, nor register or unregister a notifier
 *   of this chain.
 * - It may allocate, but by GFP_NOWAIT or GFP_NOIO, and has to cope with a failure.
 *
 * Where tasks were frozen before, which is always so if any program had /dev/xen/evtchn or
 * gntdev open, they still are, and devices are between their early and their normal resume.
 *
 * Context: Process context, may sleep.
 */
void xen_resume_notifier_register(struct notifier_block *nb)
{
	blocking_notifier_chain_register(&resume_notifier, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_register);

/**
 * xen_resume_notifier_unregister - hear of it no longer
 * @nb: what was registered
 *
 * Context: Process context, may sleep.
 */
void xen_resume_notifier_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&resume_notifier, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_unregister);

/**
 * xen_resume_notify - tell that this is a new domain
 *
 * Context: xenwatch (process context, may sleep).
 */
void xen_resume_notify(void)
{
	blocking_notifier_call_chain(&resume_notifier, 0, NULL);
}

/* Reboot notifiers were called: no request counts any more. */
static bool going_down;

static void power_off(void)
{
	if (system_state > SYSTEM_RUNNING) {
		pr_info("going down already, ignoring the request\n");
		return;
	}
	/* User space that is not up yet cannot be asked to go. */
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
 * xen_request_find - the action that a control/shutdown value asks for
 * @command: the value, exactly as read
 *
 * Context: Any.
 * Return: the request, or NULL for one that this kernel does not serve.
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

/* The value of control/@node, to be freed; NULL if it has none; or -errno. */
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
 * Read control/@node, and clear it if its value is wanted.  Returns the
 * value, to be freed, or -ECANCELED when there was none to act on: both watches
 * fire once when they are set and again after a restore, on empty nodes.
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
 * xen_suspend_request_ack - tell the toolstack that this domain will suspend
 *
 * Context: Process context, may sleep for as long as xenstored takes.
 * Return: 0; -ECANCELED when that is not asked any more; -errno.
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
 * xen_suspend_request_superseded - is something else asked since?
 *
 * Context: Process context, may sleep for as long as xenstored takes.
 * Return: 0; -EINTR when the toolstack wants this domain to go down, say;
 *	-EAGAIN when it could not be seen.
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

/* Context: xenwatch, as for every watch. */
static void shutdown_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	/* Did something change that could not be read? */
	static bool unread;
	enum xen_shutdown_value value;
	char *command;

	if (READ_ONCE(going_down))
		return;

	xen_suspend_request_settle();
	value = look();
	/* Xenstore has a token for each event; a poke has none. */
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
 * xen_shutdown_look_again - have control/shutdown looked at again
 * @ms: in so many milliseconds
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

/* Tell the toolstack that a request will be served. */
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
 * Each of these is worth having without the others: a guest that cannot
 * announce what it serves can still be told to power off.
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
