// SPDX-License-Identifier: GPL-2.0
/* Preloaded into xen-checkpoint: make each attempt to resume a domain fail. */
#include <errno.h>
#include <stdint.h>

int xc_domain_resume(void *xch, uint32_t domid, int fast);

int xc_domain_resume(void *xch, uint32_t domid, int fast)
{
	(void)xch;
	(void)domid;
	(void)fast;
	errno = EINVAL;
	return -1;
}
