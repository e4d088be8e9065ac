/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to xenstored that are sent before the one before is answered.
 */
#ifndef _XENBUS_AHEAD_H
#define _XENBUS_AHEAD_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uio.h>

#include <xen/interface/io/xs_wire.h>

struct xb_req_data;

/**
 * struct xs_asked - a request, until it is answered
 * @list: for who asked
 * @req: what xenbus knows of it
 * @vec: what is sent
 * @transaction: its number, or 0
 * @path: the node, and what follows it in the message
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
