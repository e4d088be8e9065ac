// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations of tasks that run while storage is suspended.
 *
 * Hibernation freezes tasks before it clears __GFP_IO and __GFP_FS in gfp_allowed_mask.  Code
 * that clears these flags while tasks run, or while kernel threads write to disks, calls
 * pm_expect_storage().  An allocation then waits for storage, up to a limit, before failing.
 */
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/suspend.h>

static unsigned long storage_deadline;
static bool storage_expected;

/* For Xen: xenwatch, the xenbus thread, and three helpers. */
static struct task_struct *resumers[5];

/**
 * pm_expect_storage - Announce that suspended storage is resumed soon
 * @timeout: how long allocations may wait for the storage, in jiffies; 0 when it is resumed
 *
 * The limit is necessary: the caller of an allocation may hold a lock that is needed to
 * resume the storage.  When it is resumed, set gfp_allowed_mask before.
 *
 * Context: Any; under system_transition_mutex.
 */
void pm_expect_storage(unsigned long timeout)
{
	smp_wmb(); /* the mask, before pm_wait_for_storage() sees the end of the wait */
	WRITE_ONCE(storage_deadline, jiffies + timeout);
	WRITE_ONCE(storage_expected, timeout);
}

/**
 * pm_storage_resumer_begin - Let this task use the reserves while storage is suspended
 *
 * Only for a task that resumes storage, or that such a task waits for.  It must not wait for
 * this storage.  It may allocate only little memory, and must free it soon.
 *
 * Context: Process context; not twice for a task.
 */
void pm_storage_resumer_begin(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(resumers); i++)
		if (!cmpxchg(&resumers[i], NULL, current))
			return;
	WARN_ONCE(1, "too many tasks resume storage\n");
}

/**
 * pm_storage_resumer_end - Have this task wait for suspended storage as others do
 *
 * Context: Process context.
 */
void pm_storage_resumer_end(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(resumers); i++)
		cmpxchg(&resumers[i], current, NULL);
}

/**
 * pm_resumes_storage - Does this task resume storage that is expected?
 *
 * Context: Process context.
 */
bool pm_resumes_storage(void)
{
	unsigned int i;

	for (i = 0; READ_ONCE(storage_expected) && i < ARRAY_SIZE(resumers); i++)
		if (READ_ONCE(resumers[i]) == current)
			return true;
	return false;
}

/**
 * pm_wait_for_storage - Sleep for one tick while suspended storage is expected
 *
 * Context: Process context, may sleep.
 * Return: true if the allocation should be retried: after the sleep, or if storage was resumed
 *	just now.  False if no storage is expected, or the time limit is over.
 */
bool pm_wait_for_storage(void)
{
	if (READ_ONCE(storage_expected) &&
	    time_before(jiffies, READ_ONCE(storage_deadline))) {
		schedule_timeout_uninterruptible(1);
		return true;
	}
	smp_rmb(); /* pairs with that of pm_expect_storage() */
	return !pm_suspended_storage();
}
