// SPDX-License-Identifier: GPL-2.0
/*
 * Send several requests to xenstored, and wait for the answers later.  Waiting for each
 * answer before the next request would be slow, because each round trip wakes both domains.
 * xenstored answers requests in their order.  So a caller that waits for the last answer first
 * sleeps only once.
 *
 * xs_resume() registers the watches of a new domain in this way.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#include <xen/xenbus.h>

#include "xenbus.h"
#include "xenbus_ahead.h"

static void answered(struct xb_req_data *req)
{
	wake_up(&req->wq);
}

static struct xs_asked *make(const char *path, const char *rest, size_t len,
			     gfp_t gfp)
{
	size_t path_len = strlen(path) + 1;
	struct xs_asked *a = kzalloc(struct_size(a, path, path_len + len), gfp);

	if (!a)
		return NULL;
	/*
	 * Allocate req separately, because it has two users, xs_collect() and the
	 * xenbus thread.  When both have put their references, it is freed.
	 */
	a->req = kzalloc_obj(*a->req, gfp);
	if (!a->req) {
		kfree(a);
		return NULL;
	}
	memcpy(a->path, path, path_len);
	memcpy(a->path + path_len, rest, len);
	a->vec = (struct kvec){ a->path, path_len + len };
	return a;
}

/**
 * xs_ask - send a request to xenstored, and do not wait for the answer
 * @type: type of the request
 * @transaction: the number of a transaction, or 0
 * @path: the node, with which the message begins
 * @rest: the rest of the message, after the path
 * @len: length of @rest
 * @gfp: flags for the memory that holds the request until xs_collect()
 *
 * Context: Process context, may sleep.
 * Return: the request, or NULL if there is no memory.  In this case, nothing was sent.
 */
struct xs_asked *xs_ask(enum xsd_sockmsg_type type, u32 transaction,
			const char *path, const char *rest, size_t len,
			gfp_t gfp)
{
	struct xs_asked *a = make(path, rest, len, gfp);
	struct xsd_sockmsg msg = { .type = type, .tx_id = transaction };

	if (!a)
		return NULL;
	a->transaction = transaction;
	a->req->vec = &a->vec;
	a->req->num_vecs = 1;
	a->req->cb = answered;
	kref_init(&a->req->kref);
	msg.len = a->vec.iov_len;
	xs_send(a->req, &msg);
	return a;
}

/**
 * xs_collect - wait for the answer to a request
 * @a: the request, which the caller must free afterwards
 *
 * Context: Process context, may sleep.
 * Return: 0, or -errno if xenstored answered with an error, or if no answer can come.
 */
int xs_collect(struct xs_asked *a)
{
	struct xsd_sockmsg msg;
	char *body = xs_wait_for_reply(a->req, &msg);
	int err = PTR_ERR_OR_ZERO(body);

	if (!err) {
		if (msg.type == XS_ERROR)
			err = -xs_get_error(body);
		kfree(body);
	}
	return err;
}

static struct xs_asked *ask_for_watch(const struct xenbus_watch *watch)
{
	char token[2 * sizeof(long) + 1];

	snprintf(token, sizeof(token), "%lX", (long)watch);
	return xs_ask(XS_WATCH, 0, watch->node, token, strlen(token) + 1,
		      XENBUS_GFP | __GFP_NOFAIL);
}

/**
 * xs_watch_all - register all watches of a list with xenstored
 * @watches: list of struct xenbus_watch
 *
 * Each watch that is registered fires once.  Ignore errors: a watch that xenstored refuses never
 * fires, and no caller could handle this.
 *
 * Context: Process context, may sleep.  No other task changes the list meanwhile.
 */
void xs_watch_all(struct list_head *watches)
{
	struct xenbus_watch *watch;
	struct xs_asked *a, *next;
	LIST_HEAD(sent);

	list_for_each_entry(watch, watches, list) {
		a = ask_for_watch(watch);
		list_add_tail(&a->list, &sent);
	}
	list_for_each_entry_safe_reverse(a, next, &sent, list) {
		xs_collect(a);
		kfree(a);
	}
}
