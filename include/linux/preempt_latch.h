/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PREEMPT_LATCH_H
#define _LINUX_PREEMPT_LATCH_H

#include <linux/types.h>

/**
 * preempt_was_full - check whether the kernel could preempt itself at any time since boot
 *
 * The kernel preempts itself in the models "full" and "lazy".  Debugfs can change the model at run
 * time.  A task that was preempted in the kernel may stay there for long after a change to "none"
 * or "voluntary".  A change between "none" and "voluntary", and a livepatch transition, do not
 * count: the kernel does not preempt itself during these.
 *
 * Context: Any.
 * Return: true if the model is, or ever was, "full" or "lazy".
 */
#ifdef CONFIG_PREEMPT_DYNAMIC
bool preempt_was_full(void);
#else
static inline bool preempt_was_full(void)
{
	return IS_ENABLED(CONFIG_PREEMPTION);
}
#endif

#endif /* _LINUX_PREEMPT_LATCH_H */
