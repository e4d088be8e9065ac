// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the toolstack asks of this domain: control/shutdown and control/sysrq
 * in xenstore.
 *
 * A request is acknowledged by clearing its node, in the transaction that
 * read it, so that a toolstack which takes it back and a guest which takes it
 * up cannot both win.
 */
#define pr_fmt(fmt) "xen: manage: " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysrq.h>

#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "manage.h"

/* There is no way back from here: no request counts any more. */
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
	WRITE_ONCE(going_down, true);
	orderly_reboot();
}

/* xen_suspend() has said why, if it was refused. */
static void suspend(void)
{
	xen_suspend();
}

static const struct xen_request requests[] = {
	{ "poweroff",	"feature-poweroff",	power_off },
	{ "halt",	NULL,			power_off },
	{ "reboot",	"feature-reboot",	reboot },
	{ "suspend",	"feature-suspend",
	  IS_ENABLED(CONFIG_XEN_SAVE_RESTORE) ? suspend : NULL },
};

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
		if (r->handle && !strcmp(command, r->command))
			return r;
	return NULL;
}

static bool is_request(const char *value)
{
	if (xen_request_find(value))
		return true;
	pr_info("ignoring unknown request \"%s\"\n", value);
	return false;
}

static bool is_key(const char *value)
{
	return true;
}

/*
 * Read control/@node, and clear it if its value is wanted.  Returns the
 * value, to be freed, or NULL when there was none to act on: both watches
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

	value = xenbus_read(xbt, "control", node, NULL);
	if (XENBUS_IS_ERR_READ(value) || !wanted(value)) {
		xenbus_transaction_end(xbt, 1);
		if (!IS_ERR(value))
			kfree(value);
		return NULL;
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
	return NULL;
}

/* Context: xenwatch, as for every watch. */
static void shutdown_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	char *command;

	if (READ_ONCE(going_down))
		return;

	command = take("shutdown", is_request);
	if (!command)
		return;
	xen_request_find(command)->handle();
	kfree(command);
}

static void sysrq_changed(struct xenbus_watch *watch, const char *path,
			  const char *token)
{
	char *key = take("sysrq", is_key);

	if (!key)
		return;
	handle_sysrq(key[0]);
	kfree(key);
}

static struct xenbus_watch shutdown_watch = {
	.node = "control/shutdown",
	.callback = shutdown_changed,
};

static struct xenbus_watch sysrq_watch = {
	.node = "control/sysrq",
	.callback = sysrq_changed,
};

/* Tell the toolstack that a request will be served. */
static void tell(const struct xen_request *r)
{
	int err;

	if (!r->handle || !r->feature)
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
