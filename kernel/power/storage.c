// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations of tasks that run while storage is suspended.
 *
 * Hibernation freezes tasks before it clears __GFP_IO and __GFP_FS in gfp_allowed_mask.  Code
 * that clears these flags while tasks run, or while kernel threads write to disks, calls
 * pm_expect_storage().  An allocation then waits until storage is resumed, instead of failing.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/suspend.h>

static unsigned long storage_deadline;
static bool storage_expected;

/**
 * pm_expect_storage - Announce that suspended storage is resumed soon
 * @timeout: how long allocations may wait for the storage, in jiffies; 0 when it is resumed
 *
 * The limit is necessary: the caller of an allocation may hold a lock that is needed to
 * resume the storage.
 *
 * Context: Any; under system_transition_mutex.
 */
void pm_expect_storage(unsigned long timeout)
{
	WRITE_ONCE(storage_deadline, jiffies + timeout);
	WRITE_ONCE(storage_expected, timeout);
}

/**
 * pm_storage_expected - Is suspended storage being resumed?
 *
 * Context: Any.
 */
bool pm_storage_expected(void)
{
	return READ_ONCE(storage_expected);
}

/**
 * pm_storage_returns - Wait for a tick, if suspended storage is resumed soon
 *
 * Context: Process context, may sleep.
 * Return: true if the allocation should be retried.
 */
bool pm_storage_returns(void)
{
	if (!pm_storage_expected() ||
	    !time_before(jiffies, READ_ONCE(storage_deadline)))
		return false;
	schedule_timeout_uninterruptible(1);
	return true;
}
