/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Send several requests to xenstored, and wait for the answers later.
 */
#ifndef _XENBUS_AHEAD_H
#define _XENBUS_AHEAD_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uio.h>

#include <xen/interface/io/xs_wire.h>

struct xb_req_data;

/**
 * struct xs_asked - a request that was sent to xenstored, and not collected yet
 * @list: entry in a list of the caller
 * @req: the request in the form that xenbus uses
 * @vec: address and length of the message
 * @transaction: number of the transaction that the request belongs to, or 0
 * @path: the message: the path of the node, and the rest after it
 */
struct xs_asked {
	struct list_head list;
	struct xb_req_data *req;
	struct kvec vec;
	u32 transaction;
	char path[];
};

struct xs_asked *xs_ask(enum xsd_sockmsg_type type, u32 transaction,
			const char *path, const char *rest, size_t len,
			gfp_t gfp);
int xs_collect(struct xs_asked *a);

#endif
