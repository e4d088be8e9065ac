// SPDX-License-Identifier: GPL-2.0
/*
 * All watches at once, in a new domain, whose xenstored knows of none.
 *
 * Each that is registered costs a way to xenstored and back, and devices are looked for
 * after the last of them. So nobody waits for an answer before all have been asked for.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include <xen/xenbus.h>

#include "xenbus.h"

struct asked {
	struct list_head list;
	struct xb_req_data *req;
	struct kvec vec[2];
	char token[2 * sizeof(long) + 1];
};

static struct kvec vec_of(const char *text)
{
	return (struct kvec){ (void *)text, strlen(text) + 1 };
}

static void answered(struct xb_req_data *req)
{
	wake_up(&req->wq);
}

/* What is sent has to stay where it is until it is answered. */
static struct asked *ask(const struct xenbus_watch *watch)
{
	struct asked *a = kzalloc(sizeof(*a), GFP_NOIO | __GFP_NOFAIL);
	struct xsd_sockmsg msg = { .type = XS_WATCH };

	snprintf(a->token, sizeof(a->token), "%lX", (long)watch);
	a->vec[0] = vec_of(watch->node);
	a->vec[1] = vec_of(a->token);
	msg.len = a->vec[0].iov_len + a->vec[1].iov_len;

	/* Whoever is last to let go of it frees it. */
	a->req = kzalloc(sizeof(*a->req), GFP_NOIO | __GFP_NOFAIL);
	a->req->vec = a->vec;
	a->req->num_vecs = ARRAY_SIZE(a->vec);
	a->req->cb = answered;
	kref_init(&a->req->kref);
	xs_send(a->req, &msg);
	return a;
}

/* A watch that is refused is one that does not fire: there is nobody to tell. */
static void collect(struct asked *a)
{
	struct xsd_sockmsg msg;
	void *body = xs_wait_for_reply(a->req, &msg);

	if (!IS_ERR(body))
		kfree(body);
	kfree(a);
}

/**
 * xs_watch_all - register watches, each of which fires then
 * @watches: struct xenbus_watch, by their list
 *
 * Context: Process context, may sleep; nobody adds or removes any.
 */
void xs_watch_all(struct list_head *watches)
{
	struct xenbus_watch *watch;
	struct asked *a, *next;
	LIST_HEAD(sent);

	list_for_each_entry(watch, watches, list) {
		a = ask(watch);
		list_add_tail(&a->list, &sent);
	}
	list_for_each_entry_safe(a, next, &sent, list)
		collect(a);
}
