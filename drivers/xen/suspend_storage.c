// SPDX-License-Identifier: GPL-2.0
/*
 * Memory reclaim does no I/O while disks are not connected.
 *
 * A driver that resumes may wait for a lock whose holder allocates memory.  Only xenwatch
 * connects disks, so nobody may wait in reclaim for I/O on one of them.  After a restore, I/O
 * stays forbidden beyond the walk: disks and network interfaces connect only when xenwatch is
 * notified that their backends are ready.
 */
#include <linux/device.h>
#include <linux/freezer.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

/* How long an allocation that finds no memory waits for the disks, before it fails. */
#define DISK_TIMEOUT	(10 * HZ)

/* How often a worker looks whether devices are connected. */
#define RECHECK_EVERY	(HZ / 50)

/* Flags taken out of gfp_allowed_mask.  Under system_transition_mutex. */
static gfp_t forbidden;

/* A restore is over, and its disks are not back.  Under system_transition_mutex. */
static bool disks_expected;
static unsigned long recheck_until;
static struct workqueue_struct *recheck_wq;
static struct delayed_work recheck_work;

/**
 * xen_suspend_forbid_io - Keep memory reclaim from waiting for disks
 *
 * An allocation that finds no memory sleeps outside of reclaim meanwhile, and fails after
 * DISK_TIMEOUT.
 *
 * Context: Any, under system_transition_mutex.
 */
void xen_suspend_forbid_io(void)
{
	forbidden |= gfp_allowed_mask & (__GFP_IO | __GFP_FS);
	gfp_allowed_mask &= ~forbidden;
	pm_expect_storage(DISK_TIMEOUT);
}

/**
 * xen_suspend_expect_disks - Have allocations wait for disks from now on
 * @more: how much longer than DISK_TIMEOUT, in jiffies
 *
 * Context: Any, under system_transition_mutex, after xen_suspend_forbid_io().
 */
void xen_suspend_expect_disks(unsigned long more)
{
	pm_expect_storage(DISK_TIMEOUT + more);
}

static void allow_io(void)
{
	disks_expected = false;
	gfp_allowed_mask |= forbidden;
	forbidden = 0;
	pm_expect_storage(0);
}

/*
 * The holder of the device's lock may be connecting the device or unbinding its driver.  A device
 * that is no disk or network interface counts only if it has a backend: xl does not restore the
 * nodes of a SCSI host, for instance.
 */
static int is_connecting(struct device *dev, void *unused)
{
	const struct xenbus_device *xdev = to_xenbus_device(dev);
	bool connecting;

	if (!device_trylock(dev))
		return true;
	connecting = dev->driver && !to_xenbus_driver(dev->driver)->not_essential &&
		     (to_xenbus_driver(dev->driver)->lost || xdev->otherend) &&
		     READ_ONCE(xdev->state) < XenbusStateConnected;
	device_unlock(dev);
	return connecting;
}

static bool is_over(void)
{
	return time_after(jiffies, READ_ONCE(recheck_until)) ||
	       !xenbus_walk_frontends(NULL, is_connecting);
}

/**
 * xen_suspend_allow_io - Let memory reclaim wait for disks again
 *
 * If disks are not back since a restore, only the time limit is set again: recheck() allows I/O.
 *
 * Context: Process context, may sleep, under system_transition_mutex.
 */
void xen_suspend_allow_io(void)
{
	unsigned long end = recheck_until - HZ;

	if (disks_expected && !is_over())
		pm_expect_storage(time_before(jiffies, end) ? end - jiffies : 1);
	else if (forbidden)
		allow_io();
}

/*
 * Context: a worker; may sleep.  If another task holds the mutex, this work retries later.
 * User-space hibernation drops the mutex between two ioctls on /dev/snapshot, and puts back a
 * saved gfp_allowed_mask in the end.  Tasks are frozen until then: hence pm_freezing.
 */
static void recheck(struct work_struct *unused)
{
	if (is_over() && mutex_trylock(&system_transition_mutex)) {
		if (!pm_freezing)
			allow_io();
		mutex_unlock(&system_transition_mutex);
	}
	if (READ_ONCE(disks_expected))
		queue_delayed_work(recheck_wq, &recheck_work, RECHECK_EVERY);
}

/**
 * xen_suspend_allow_io_later - Let memory reclaim wait for disks when they are connected
 *
 * I/O is allowed when all disks and network interfaces are connected, or one second after
 * allocations stop waiting.  A disk may connect much later, or never.
 *
 * Context: Process context, under system_transition_mutex.
 */
void xen_suspend_allow_io_later(void)
{
	if (!recheck_wq) {
		allow_io();
		return;
	}
	disks_expected = true;
	pm_expect_storage(DISK_TIMEOUT);
	/* Allow I/O a second after allocations stop waiting: else they might retry with I/O. */
	WRITE_ONCE(recheck_until, jiffies + DISK_TIMEOUT + HZ);
	mod_delayed_work(recheck_wq, &recheck_work, 0);
}

static int __init suspend_storage_init(void)
{
	if (!xen_domain())
		return 0;
	INIT_DELAYED_WORK(&recheck_work, recheck);
	recheck_wq = alloc_workqueue("xen_suspend", WQ_MEM_RECLAIM, 1);
	return recheck_wq ? 0 : -ENOMEM;
}
core_initcall(suspend_storage_init);
