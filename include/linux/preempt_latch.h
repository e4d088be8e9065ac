/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PREEMPT_LATCH_H
#define _LINUX_PREEMPT_LATCH_H

#include <linux/types.h>

/**
 * preempt_was_full - was this kernel ever fully preemptible, since it booted?
 *
 * Debugfs can make it so, and not so again, at run time.  A task that was preempted in the
 * middle of something may wait to go on for long after that.  Changes between the other
 * models do not count, nor does a livepatch transition: the kernel does not preempt itself
 * during these.
 *
 * Context: Any.
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
