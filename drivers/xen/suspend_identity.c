// SPDX-License-Identifier: GPL-2.0
/*
 * Which life of this guest is it?  An image may be restored elsewhere, later, and
 * more than once; programs learn of it by /sys/hypervisor/suspend.
 *
 * Documentation/ABI/stable/sysfs-hypervisor-xen-suspend is what they rely on.
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

/* How often something happened, and when it did last, by the wall clock. */
struct event {
	unsigned int count;
	time64_t time;
};

static struct identity {
	struct event restored, cancelled, failed;
	u8 id[ID_SIZE];
	bool has_id;	/* else random numbers are not ready */
	char reason[XEN_SUSPEND_REASON_MAX];
} identity;

/*
 * A vCPU that holds it has interrupts off, so none is parked with it: the stopped
 * phase may take it.
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

/* Under the lock. */
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
 * xen_suspend_identity_renew - a new life begins
 *
 * Context: Stopped machine, way up; random numbers have been reseeded.
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
 * xen_suspend_identity_date - when it began, since the clock is set now
 *
 * Context: Process context, before tasks run.
 */
void xen_suspend_identity_date(void)
{
	spin_lock_irq(&identity_lock);
	identity.restored.time = ktime_get_real_seconds();
	spin_unlock_irq(&identity_lock);
}

static struct device *device;

/*
 * By a worker, as xenwatch must not wait: where there is a helper for uevents, that is
 * a program on a disk which xenwatch has to connect.
 */
static void tell(struct work_struct *work)
{
	/* Xenwatch may need a lock that is taken here, to connect disks. */
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
 * xen_suspend_identity_end - tell of a new life, or count a suspend without one
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
 * @reason: in words, one line, without a newline
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

/* As getrandom(), waits where random numbers are not ready. */
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

/* After hypervisor_kobj was made, before programs run. */
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
