// SPDX-License-Identifier: GPL-2.0
/*
 * Count the open files by which programs may have, or may get, event channels or grant
 * mappings.  These are stale in a new domain, and must be marked stale before a program runs.
 * So if a file is open, the guest takes the slow walk, which freezes tasks.
 */
#include <linux/atomic.h>
#include <linux/export.h>

#include <xen/suspend.h>

static atomic_t handles = ATOMIC_INIT(0);

/**
 * xen_handles_add - count a file that gives event channels or grant mappings to programs
 * @nr: 1 when the file is opened, -1 when it is closed
 *
 * Context: Any.
 */
void xen_handles_add(int nr)
{
	atomic_add(nr, &handles);
}
EXPORT_SYMBOL_GPL(xen_handles_add);

/**
 * xen_handles_exist - check whether a program may have event channels or grant mappings
 *
 * Context: Any.
 * Return: true if a file that gives them is open.
 */
bool xen_handles_exist(void)
{
	return atomic_read(&handles);
}
