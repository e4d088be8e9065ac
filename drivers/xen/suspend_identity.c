// SPDX-License-Identifier: GPL-2.0
/*
 * The identity of this domain: the number of its restores, and a random id.  An image may
 * be restored on another host, later, and more than once.  Programs can detect a restore
 * by /sys/hypervisor/suspend.
 *
 * Documentation/ABI/stable/sysfs-hypervisor-xen-suspend defines the interface.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/device.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kdev_t.h>
#include <linux/kobject.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include <xen/suspend.h>
#include <xen/xen.h>

#define ID_SIZE 16

/* How many times an event has happened, and the CLOCK_REALTIME of the last time. */
struct event {
	unsigned int count;
	time64_t time;
};

static struct identity {
	struct event restored, cancelled, failed;
	u8 id[ID_SIZE];
	bool has_id;	/* false while random numbers are not ready */
	char reason[XEN_SUSPEND_REASON_MAX];
} identity;

/*
 * A vCPU that holds identity_lock has interrupts off, and so cannot be stopped or parked.
 * So the lock is free while the machine is stopped, and a stopped phase may take it.
 */
static DEFINE_SPINLOCK(identity_lock);

static struct identity identity_get(void)
{
	struct identity now;
	unsigned long flags;

	spin_lock_irqsave(&identity_lock, flags);
	now = identity;
	spin_unlock_irqrestore(&identity_lock, flags);
	return now;
}

/* The caller holds identity_lock. */
static void happens(struct event *event)
{
	event->count++;
	event->time = ktime_get_real_seconds();
}

static void draw_id(void)
{
	identity.has_id = rng_is_initialized();
	if (identity.has_id)
		get_random_bytes(identity.id, sizeof(identity.id));
}

/**
 * xen_suspend_identity_renew - count a restore, and draw a new id
 *
 * Context: Stopped machine, way up, after random numbers were reseeded.
 */
void xen_suspend_identity_renew(void)
{
	unsigned long flags;

	spin_lock_irqsave(&identity_lock, flags);
	identity.restored.count++;
	draw_id();
	spin_unlock_irqrestore(&identity_lock, flags);
}

/**
 * xen_suspend_identity_date - record the time of a restore
 *
 * Context: Process context, after the clock was set, and before programs run.
 */
void xen_suspend_identity_date(void)
{
	spin_lock_irq(&identity_lock);
	identity.restored.time = ktime_get_real_seconds();
	spin_unlock_irq(&identity_lock);
}

static struct device *device;

/*
 * Notify programs of a restore.  A worker does this, because xenwatch must not wait: a
 * uevent may start a helper program from a disk that xenwatch has to connect.
 */
static void tell(struct work_struct *work)
{
	/* No I/O: to connect disks, xenwatch may need a lock that is taken here. */
	unsigned int noio = memalloc_noio_save();
	struct identity now = identity_get();
	char generation[32], id[48];
	char *env[3] = { generation };

	sysfs_notify(&device->kobj, NULL, "generation");
	sysfs_notify(&device->kobj, NULL, "id");

	snprintf(generation, sizeof(generation), "XEN_GENERATION=%u",
		 now.restored.count);
	if (now.has_id) {
		snprintf(id, sizeof(id), "XEN_ID=%*phN", ID_SIZE, now.id);
		env[1] = id;
	}
	kobject_uevent_env(&device->kobj, KOBJ_CHANGE, env);
	memalloc_noio_restore(noio);
}

static DECLARE_WORK(tell_work, tell);

/**
 * xen_suspend_identity_end - notify programs of a restore, or count a checkpoint
 * @s: the suspend, which succeeded
 *
 * Context: Process context, may sleep, tasks run again.
 */
void xen_suspend_identity_end(const struct xen_suspend *s)
{
	if (xen_suspend_restored(s)) {
		if (device)
			queue_work(system_freezable_wq, &tell_work);
		return;
	}
	spin_lock_irq(&identity_lock);
	happens(&identity.cancelled);
	spin_unlock_irq(&identity_lock);
}

/**
 * xen_suspend_identity_failed - count a suspend that was refused
 * @reason: text for failed_reason, one line without a newline
 *
 * Context: Process context, tasks run.
 */
void xen_suspend_identity_failed(const char *reason)
{
	spin_lock_irq(&identity_lock);
	happens(&identity.failed);
	strscpy(identity.reason, reason);
	spin_unlock_irq(&identity_lock);
}

#define SHOW(_name, _format, _value)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct identity now = identity_get();				\
									\
	return sysfs_emit(buf, _format "\n", now._value);		\
}									\
static DEVICE_ATTR_RO(_name)

SHOW(generation, "%u", restored.count);
SHOW(restored_time, "%lld", restored.time);
SHOW(cancelled, "%u", cancelled.count);
SHOW(cancelled_time, "%lld", cancelled.time);
SHOW(failed, "%u", failed.count);
SHOW(failed_time, "%lld", failed.time);
SHOW(failed_reason, "%s", reason);

/* Like getrandom(), wait until random numbers are ready. */
static ssize_t id_show(struct device *dev, struct device_attribute *attr,
		       char *buf)
{
	struct identity now;
	int err;

	err = wait_for_random_bytes();
	if (err)
		return err;

	spin_lock_irq(&identity_lock);
	if (!identity.has_id)
		draw_id();
	now = identity;
	spin_unlock_irq(&identity_lock);
	return sysfs_emit(buf, "%*phN\n", ID_SIZE, now.id);
}
static DEVICE_ATTR_RO(id);

static struct attribute *guest_attrs[] = {
	&dev_attr_generation.attr,
	&dev_attr_id.attr,
	&dev_attr_restored_time.attr,
	&dev_attr_cancelled.attr,
	&dev_attr_cancelled_time.attr,
	&dev_attr_failed.attr,
	&dev_attr_failed_time.attr,
	&dev_attr_failed_reason.attr,
	NULL
};
ATTRIBUTE_GROUPS(guest);

static const struct class guest_class = {
	.name = "xen_guest",
	.dev_groups = guest_groups,
};

/* At this initcall level, hypervisor_kobj exists, and no program runs yet. */
static int __init identity_init(void)
{
	struct device *dev;
	int err;

	if (!xen_domain() || xen_initial_domain())
		return 0;
	err = class_register(&guest_class);
	if (err)
		return err;
	dev = device_create(&guest_class, NULL, MKDEV(0, 0), NULL, "suspend");
	if (IS_ERR(dev)) {
		class_unregister(&guest_class);
		return PTR_ERR(dev);
	}
	if (hypervisor_kobj)
		err = sysfs_create_link(hypervisor_kobj, &dev->kobj, "suspend");
	if (err)
		pr_err("no /sys/hypervisor/suspend: %pe\n", ERR_PTR(err));
	device = dev;
	return 0;
}
device_initcall(identity_init);
