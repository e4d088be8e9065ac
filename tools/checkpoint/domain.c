// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"

#define REASON "error/suspend"
#define REQUEST "control/shutdown"

static bool get_info(xc_interface *xen, xc_domaininfo_t *info)
{
	return xc_domain_getinfolist(xen, shared->domid, 1, info) == 1 &&
	       info->domain == shared->domid &&
	       !memcmp(info->handle, shared->uuid, sizeof(info->handle)) &&
	       !(info->flags & XEN_DOMINF_dying);
}

enum state domain_state(xc_interface *xen)
{
	xc_domaininfo_t info;
	unsigned int reason;

	if (!get_info(xen, &info))
		return GONE;
	if (!(info.flags & XEN_DOMINF_shutdown))
		return RUNNING;
	reason = (info.flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
	return reason == SHUTDOWN_suspend ? SUSPENDED_STATE : DOWN;
}

bool domain_is_paused(xc_interface *xen)
{
	xc_domaininfo_t info;

	return get_info(xen, &info) && (info.flags & XEN_DOMINF_paused);
}

static void path_of(char path[128], const char *node)
{
	snprintf(path, 128, "/local/domain/%u/%s", shared->domid, node);
}

char *domain_read(struct xs_handle *store, const char *node)
{
	char path[128];

	path_of(path, node);
	return xs_read(store, XBT_NULL, path, NULL);
}

/*
 * Copy the guest's reason for refusing this suspend. A reason contains the time, so it differs from
 * the reason of an earlier suspend.
 */
bool domain_refusal(struct xs_handle *store, char reason[REASON_BYTES])
{
	char *now = domain_read(store, REASON);

	snprintf(reason, REASON_BYTES, "%s", now ? now : "");
	free(now);
	return *reason && strcmp(reason, shared->old_refusal);
}

/*
 * Return whether the guest retries after this reason. protocol.rst lists the errors after which
 * a guest of this series retries.
 */
bool refusal_may_pass(const char *reason)
{
	static const char *const errors[] = {
		"EAGAIN", "EBUSY", "ENOMEM", "ENOSPC", "ETIMEDOUT",
	};
	const char *error = strstr(reason, "error=-");

	for (size_t i = 0; error && i < sizeof(errors) / sizeof(*errors); i++)
		if (!strncmp(error + strlen("error=-"), errors[i], strlen(errors[i])))
			return true;
	return false;
}

/*
 * Withdraw the request in a transaction. If the guest acknowledges the request meanwhile, its write
 * makes the transaction fail, and the next try finds no request.
 */
bool domain_withdraw(struct xs_handle *store)
{
	bool asked, done = false;
	xs_transaction_t t;
	char path[128], *now;

	path_of(path, REQUEST);
	do {
		t = xs_transaction_start(store);
		if (t == XBT_NULL)
			return false;
		now = xs_read(store, t, path, NULL);
		asked = now && !strcmp(now, "suspend");
		free(now);
		if (asked && !xs_write(store, t, path, "", 0))
			asked = false;
		if (xs_transaction_end(store, t, !asked))
			done = true;
	} while (!done && errno == EAGAIN);
	return done && asked;
}
