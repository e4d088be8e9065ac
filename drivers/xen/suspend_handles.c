// SPDX-License-Identifier: GPL-2.0
/*
 * How many programs may have handles of Xen's, or be about to get one?  They are gone in a
 * new domain, and no program may run before it is told; so tasks are frozen if there are
 * any.
 */
#include <linux/atomic.h>
#include <linux/export.h>

#include <xen/suspend.h>

static atomic_t handles = ATOMIC_INIT(0);

/**
 * xen_handles_add - a file that gives out ports or mappings was opened, or is closed
 * @nr: 1 or -1
 *
 * Context: Any.
 */
void xen_handles_add(int nr)
{
	atomic_add(nr, &handles);
}
EXPORT_SYMBOL_GPL(xen_handles_add);

/**
 * xen_handles_exist - can any program have ports or mappings?
 *
 * Context: Any.
 */
bool xen_handles_exist(void)
{
	return atomic_read(&handles);
}
