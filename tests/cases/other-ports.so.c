// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into xl by reconfigured.sh: before xl allocates an event channel for
 * a new domain, allocate $UNUSED_PORTS unused ones. So the event channels of
 * xenstore and the console get other port numbers than in all other domains.
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
