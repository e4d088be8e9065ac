// SPDX-License-Identifier: GPL-2.0
/* Find the domain that the user gave by its id, or by its name in xenstore. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "domctx.h"

static bool is_called(struct xs_handle *store, const char *domid, const char *name)
{
	char *path, *value;
	bool same;

	if (asprintf(&path, "/local/domain/%s/name", domid) < 0)
		die("out of memory");
	value = xs_read(store, XBT_NULL, path, NULL);
	same = value && !strcmp(value, name);
	free(path);
	free(value);
	return same;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* Return DOMID_FIRST_RESERVED if no domain can have this id. */
static unsigned int id_of(const char *number)
{
	unsigned long id;

	errno = 0;
	id = strtoul(number, NULL, 10);
	return errno || id >= DOMID_FIRST_RESERVED ? DOMID_FIRST_RESERVED : id;
}

/*
 * Reject a name that two domains have, because xenstore permits this. Ignore entries of
 * /local/domain that are no ids.
 */
static unsigned int by_name(const char *name)
{
	unsigned int nr = 0, domid = DOMID_FIRST_RESERVED;
	struct xs_handle *store = xs_open(0);
	char **domids;

	if (!store)
		die("%s: no access to xenstore, which has the names of domains: run xen-domctx in dom0, as root",
		    name);
	domids = xs_directory(store, XBT_NULL, "/local/domain", &nr);
	for (unsigned int i = 0; i < nr; i++) {
		if (!is_number(domids[i]) || id_of(domids[i]) >= DOMID_FIRST_RESERVED ||
		    !is_called(store, domids[i], name))
			continue;
		if (domid < DOMID_FIRST_RESERVED)
			die("%s: domains %u and %s have this name: give the id", name, domid,
			    domids[i]);
		domid = id_of(domids[i]);
	}
	free(domids);
	xs_close(store);
	if (domid >= DOMID_FIRST_RESERVED)
		die("%s: no domain has this name", name);
	return domid;
}

/*
 * Treat a number as the id of a domain, as xl does, even if a domain has this number as its name.
 */
unsigned int find_domain(const char *name)
{
	unsigned int domid;

	if (!is_number(name))
		return by_name(name);
	domid = id_of(name);
	if (domid >= DOMID_FIRST_RESERVED)
		die("%s: not the id of a domain: ids are below %u", name, DOMID_FIRST_RESERVED);
	return domid;
}
