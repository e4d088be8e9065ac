// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into xl by reconfigured.sh: before each event channel that it makes
 * for a new domain, $UNUSED_PORTS that nobody uses. So xenstore's and the
 * console's are not the two that every domain has.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

typedef int alloc_t(void *xch, uint32_t domid, uint32_t remote);

alloc_t xc_evtchn_alloc_unbound;

int xc_evtchn_alloc_unbound(void *xch, uint32_t domid, uint32_t remote)
{
	alloc_t *real = (alloc_t *)dlsym(RTLD_NEXT, "xc_evtchn_alloc_unbound");
	int unused = atoi(getenv("UNUSED_PORTS") ?: "1");

	while (unused--)
		real(xch, domid, remote);
	return real(xch, domid, remote);
}
