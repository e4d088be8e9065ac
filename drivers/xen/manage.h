/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_MANAGE_H
#define _XEN_MANAGE_H

#include <kunit/visibility.h>

/**
 * struct xen_request - something that a toolstack can ask of this domain
 * @command: what it writes to control/shutdown
 * @feature: the control/ node that says we serve it; NULL for requests that
 *	every guest is taken to serve
 * @handle: serves it, in xenwatch; NULL if not built in
 */
struct xen_request {
	const char *command;
	const char *feature;
	void (*handle)(void);
};

#if IS_ENABLED(CONFIG_KUNIT)
const struct xen_request *xen_request_find(const char *command);
#endif

#endif /* _XEN_MANAGE_H */
