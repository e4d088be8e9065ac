// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to xenstored that are sent before the one before is answered, as each way
 * there and back has two domains woken. xenstored answers in the order of the requests:
 * who waits for the last one first waits once.
 *
 * So a new domain's watches are registered, before devices are looked for.
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
	/* Whoever is last to let go of it frees it. */
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
 * xs_ask - send a request, and do not wait for the answer
 * @type: what is asked for
 * @transaction: the number of a transaction, or 0
 * @path: the node
 * @rest: what follows it
 * @len: how long that is
 * @gfp: for the memory in which it stays until it is collected
 *
 * Context: Process context, may sleep.
 * Return: the request, or NULL if there is no memory, and nothing was sent.
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
 * xs_collect - wait for the answer, if it is not there
 * @a: the request, which the caller frees then
 *
 * Context: Process context, may sleep.
 * Return: 0, or -errno if the answer is an error.
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
 * xs_watch_all - register watches, each of which fires then
 * @watches: struct xenbus_watch, by their list
 *
 * One that is refused is one that does not fire: there is nobody to tell.
 *
 * Context: Process context, may sleep; nobody adds or removes any.
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
