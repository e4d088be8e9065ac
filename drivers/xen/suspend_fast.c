// SPDX-License-Identifier: GPL-2.0
/*
 * Decide whether a suspend may leave tasks and devices alone (the fast walk), and handle
 * the frontends in a fast walk.
 *
 * The slow walk freezes tasks, because a task that is preempted in the middle of a page
 * table update has a machine frame number where no toolstack finds it.  If the kernel does
 * not preempt itself, no such task exists once each vCPU has come to a schedule point.  The
 * slow walk suspends devices, to save the state of hardware.  Devices of a PV guest have
 * rings instead, which are unchanged after a checkpoint, and are set up again after a
 * restore.
 *
 * Documentation/xen/fast-walk.rst has the full argument.
 */
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/preempt.h>
#include <linux/preempt_latch.h>
#include <linux/sched/mm.h>
#include <linux/suspend.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen_suspend."

static bool fast = true;
module_param(fast, bool, 0444);
MODULE_PARM_DESC(fast, "Leave tasks and devices alone when suspending, where that is safe (Y)");

/* If there are more frontends than this, take the slow walk. */
#define MAX_FRONTENDS 32

static struct xenbus_device *frontends[MAX_FRONTENDS];
static unsigned int nr_frontends;

static bool has_callbacks(const struct dev_pm_ops *ops)
{
	return ops && (ops->prepare || ops->complete ||
		       ops->freeze || ops->freeze_late || ops->freeze_noirq ||
		       ops->thaw || ops->thaw_early || ops->thaw_noirq ||
		       ops->restore || ops->restore_early || ops->restore_noirq);
}

static bool driver_has_callbacks(const struct device_driver *drv)
{
	if (has_callbacks(drv->pm) || drv->suspend || drv->resume)
		return true;
	return drv->bus == &platform_bus_type &&
	       (to_platform_driver(drv)->suspend ||
		to_platform_driver(drv)->resume);
}

/*
 * Does this device need its PM callbacks called?  PM callbacks save and restore state that is
 * not in memory, so they concern hardware.  In a PV guest, all hardware is behind frontends.
 *
 * - A frontend needs no callbacks if its driver has a lost(), which covers the devices behind
 *   the frontend.  Otherwise it needs them.
 * - Any other driver with callbacks needs them, unless it sets pm_hardware_only.
 * - Callbacks of a class or type, as LEDs and input devices have, act on the hardware by the
 *   driver of a parent.  They count only if the device has a driver.
 * - Callbacks of a PM domain always count.
 * - Callbacks of the platform bus and of the frontend bus do not count, because they only call
 *   those of the driver.
 */
static bool needs_pm_callbacks(const struct device *dev)
{
	if (dev->pm_domain && has_callbacks(&dev->pm_domain->ops))
		return true;
	if (!dev->driver || dev->driver->pm_hardware_only)
		return false;
	if ((dev->type && has_callbacks(dev->type->pm)) ||
	    (dev->class && has_callbacks(dev->class->pm)))
		return true;
	if (xenbus_is_frontend(dev))
		return !to_xenbus_driver(dev->driver)->lost;
	if (dev->bus != &platform_bus_type &&
	    (has_callbacks(dev->bus->pm) || dev->bus->suspend))
		return true;
	return driver_has_callbacks(dev->driver);
}

/* Most devices, such as terminals, have no driver and no PM domain, so no callbacks either. */
static bool is_bare(const struct device *dev)
{
	return !READ_ONCE(dev->driver) && !dev->pm_domain;
}

/*
 * Write the name of @dev to s->slow if @dev needs PM callbacks.  If another task holds the lock
 * of @dev, this task may be binding or unbinding a driver, so assume that @dev needs callbacks.
 * is_bare() does not miss such a device: the driver core sets dev->driver before probe().
 */
static void look_at(struct device *dev, void *data)
{
	struct xen_suspend *s = data;
	bool needed = true;

	if (*s->slow || is_bare(dev) || xenbus_is_frontend(dev))
		return;
	if (device_trylock(dev)) {
		needed = needs_pm_callbacks(dev);
		device_unlock(dev);
	}
	if (needed)
		strscpy(s->slow, dev_name(dev));
}

/* Is @name a phase of the fast walk?  Otherwise fault injection needs the slow walk. */
static bool has_phase(const char *name)
{
	return xen_suspend_find(&xen_suspend_fast_table, name) ||
	       xen_suspend_find(&xen_suspend_parked_table, name) ||
	       xen_suspend_find(xen_suspend_arch_table(), name) ||
	       !strcmp(name, "hypercall");
}

/*
 * A CPU hotplug operation that is in progress may take long.  Check for one before the request is
 * acknowledged: after the acknowledgment, the toolstack expects the domain to suspend.
 */
static bool vcpus_come_or_go(void)
{
	if (!cpus_read_trylock())
		return true;
	cpus_read_unlock();
	return false;
}

static const char *why_not(const struct xen_suspend *s)
{
	if (!IS_ENABLED(CONFIG_SMP))
		return "CONFIG_SMP=n";
	if (s->fault.phase && !has_phase(s->fault.phase))
		return s->fault.phase;
	if (!xen_pv_domain() || xen_initial_domain())
		return "not a PV guest";
	/* A task that migrates a page between nodes may sleep with an old page table entry. */
	if (nr_online_nodes > 1)
		return "more than one node";
	if (preempt_model_preemptible())
		return "preempt=full";
	if (preempt_was_full())
		return "preempt=full earlier";
	if (xen_handles_exist())
		return "handles of programs";
	if (vcpus_come_or_go())
		return "hotplug";
	return "";
}

/**
 * xen_suspend_wants_fast - check whether this guest may ever take the fast walk
 *
 * Context: Any.
 * Return: true if the fast walk is enabled, and possible in this guest and kernel.
 */
bool xen_suspend_wants_fast(void)
{
	return fast && IS_ENABLED(CONFIG_SMP) &&
	       xen_pv_domain() && !xen_initial_domain() &&
	       !preempt_model_preemptible();
}

/**
 * xen_suspend_may_be_fast - check whether this suspend may take the fast walk
 * @s: the suspend; @s->slow is set to the reason if it may not
 *
 * xen_suspend_frontends() checks the devices later.
 *
 * Context: xenwatch (process context, may sleep).
 * Return: true if xenwatch may try the fast walk.
 */
bool xen_suspend_may_be_fast(struct xen_suspend *s)
{
	/* Report no reason if the fast walk is switched off. */
	if (!fast)
		return false;
	strscpy(s->slow, why_not(s));
	return !*s->slow;
}

/*
 * Lockdep tracks at most 48 locks that a task holds.  Make lockdep count the locks of all
 * frontends as one.  This is correct, because a task takes several of them only under
 * system_transition_mutex.
 */
static void count_as_nested(struct device *dev)
{
	mutex_release(&dev->mutex.dep_map, _THIS_IP_);
	mutex_acquire_nest(&dev->mutex.dep_map, 0, 1, &system_transition_mutex.dep_map,
			   _THIS_IP_);
}

/*
 * Lock a frontend, before the suspend.  To lock it after a restore could deadlock: a task that
 * unbinds the frontend waits for the rtnl, the holder of the rtnl waits for a disk, and only
 * xenwatch connects this disk.
 */
static int take(struct device *dev, void *data)
{
	struct xen_suspend *s = data;

	if (nr_frontends < MAX_FRONTENDS && device_trylock(dev)) {
		if (!needs_pm_callbacks(dev)) {
			count_as_nested(dev);
			frontends[nr_frontends++] = to_xenbus_device(get_device(dev));
			return 0;
		}
		device_unlock(dev);
	}
	strscpy(s->slow, dev_name(dev));
	return -EAGAIN;
}

static void give_back(void)
{
	while (nr_frontends) {
		struct device *dev = &frontends[--nr_frontends]->dev;

		device_unlock(dev);
		put_device(dev);
	}
}

/**
 * xen_suspend_frontends - lock all frontends, so that no task binds or unbinds a driver
 * @s: the suspend; on failure, @s->slow is set to the name of a device
 *
 * Context: xenwatch (process context, may sleep), under system_transition_mutex.  Only xenwatch
 *	adds and removes frontends.  xen_resume_frontends() unlocks the frontends.
 * Return: 0, or -EAGAIN if a device needs PM callbacks, if there are more than MAX_FRONTENDS
 *	frontends, or if a driver is being bound or unbound.
 */
int xen_suspend_frontends(struct xen_suspend *s)
{
	int err;

	dpm_for_each_dev(s, look_at);
	if (*s->slow)
		return -EAGAIN;
	err = xenbus_walk_frontends(s, take);
	if (err)
		give_back();
	return err;
}

/*
 * xenstored allows ten transactions of a domain at a time, including those of programs.  Each
 * helper, and xenwatch, may have one.
 */
#define MAX_HELPERS 3

static atomic_t next_frontend;

static void resume_frontends(void)
{
	unsigned int i, noio = memalloc_noio_save();

	while ((i = atomic_fetch_inc(&next_frontend)) < nr_frontends)
		xenbus_resume_frontend(frontends[i]);
	memalloc_noio_restore(noio);
}

static void help(struct work_struct *unused)
{
	resume_frontends();
}

/**
 * xen_resume_frontends - resume frontends after a restore, and unlock them
 * @s: the suspend
 *
 * Resume up to four frontends at once, because each of them mostly waits for xenstored.  If
 * memory is short, helpers may start late or never, and xenwatch resumes all frontends itself.
 *
 * Context: xenwatch (process context, may sleep), while tasks run and xenstore works.
 */
void xen_resume_frontends(struct xen_suspend *s)
{
	static struct work_struct helpers[MAX_HELPERS];
	unsigned int i;

	if (xen_suspend_restored(s)) {
		atomic_set(&next_frontend, 0);
		for (i = 0; i < MAX_HELPERS; i++) {
			INIT_WORK(&helpers[i], help);
			queue_work(system_dfl_wq, &helpers[i]);
		}
		resume_frontends();
		for (i = 0; i < MAX_HELPERS; i++)
			cancel_work_sync(&helpers[i]);
	}
	give_back();
}

/**
 * xen_suspend_rings - check again that a restore is safe in the fast walk
 * @s: the suspend
 *
 * Context: vCPU 0, all others parked.
 * Return: 0, or -EAGAIN if, since the first check, a program has opened /dev/xen/evtchn or
 *	gntdev, an irq was taken from the reserve, or the kernel was made preemptible.
 */
int xen_suspend_rings(struct xen_suspend *s)
{
	if (xen_handles_exist() || preempt_was_full() || !xen_evtchn_irqs_reserved())
		return -EAGAIN;
	return 0;
}

/**
 * xen_resume_rings - quiesce all frontends after a restore
 * @s: the suspend
 *
 * Tasks run before a frontend is resumed.  Without lost(), they would grant pages to whichever
 * domain has the old backend's ID on this host.
 *
 * Context: vCPU 0, all others parked.
 */
void xen_resume_rings(struct xen_suspend *s)
{
	unsigned int i;

	for (i = 0; xen_suspend_restored(s) && i < nr_frontends; i++) {
		struct device_driver *drv = frontends[i]->dev.driver;

		if (drv)
			to_xenbus_driver(drv)->lost(frontends[i]);
	}
}
