// SPDX-License-Identifier: GPL-2.0
/*
 * Write nodes in a transaction without waiting for the answers.  The end of the
 * transaction waits for them, and returns an error if a write failed.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <xen/xenbus.h>

#include "xenbus.h"
#include "xenbus_ahead.h"

/* The writes of all transactions that are not collected yet.  The list is short. */
static LIST_HEAD(writes);
static DEFINE_SPINLOCK(writes_lock);

/**
 * xs_write_ahead - write a node in a transaction, and do not wait for the answer
 * @t: the transaction
 * @path: the node
 * @string: the value to write
 *
 * Context: Process context, may sleep, allocates with XENBUS_GFP.
 * Return: true if the request was sent, or false if there is no memory.
 */
bool xs_write_ahead(struct xenbus_transaction t, const char *path,
		    const char *string)
{
	struct xs_asked *a = xs_ask(XS_WRITE, t.id, path, string,
				    strlen(string), XENBUS_GFP | __GFP_NOWARN);

	if (!a)
		return false;

	spin_lock(&writes_lock);
	list_add_tail(&a->list, &writes);
	spin_unlock(&writes_lock);
	return true;
}

/**
 * xs_writes_done - wait until xenstored has answered all writes in a transaction
 * @t: the transaction, which the caller is about to end
 *
 * Context: Process context, may sleep.
 * Return: 0, or the -errno of the first write that failed.  Then the caller must abort
 *	the transaction.
 */
int xs_writes_done(struct xenbus_transaction t)
{
	struct xs_asked *a, *next;
	int err, first = 0;
	LIST_HEAD(mine);

	spin_lock(&writes_lock);
	list_for_each_entry_safe(a, next, &writes, list) {
		if (a->transaction == t.id)
			list_move_tail(&a->list, &mine);
	}
	spin_unlock(&writes_lock);

	list_for_each_entry_safe_reverse(a, next, &mine, list) {
		err = xs_collect(a);
		if (err)
			pr_warn("%s is not written: %pe\n", a->path,
				ERR_PTR(err));
		first = err ?: first;
		kfree(a);
	}
	return first;
}
