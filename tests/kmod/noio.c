// SPDX-License-Identifier: GPL-2.0
/*
 * Record in parameters whether memory allocations of xenwatch may wait for I/O when it
 * calls a watch, a frontend, and a frontend whose driver has probes_devices: 1 if they may
 * not, 0 if they may, and -1 if xenwatch has not called it.
 */
#include <linux/module.h>
#include <linux/sched.h>

#include <xen/xenbus.h>

static int frontend = -1;
module_param(frontend, int, 0444);
static int prober = -1;
module_param(prober, int, 0444);
static int resumed = -1;
module_param(resumed, int, 0444);
static int watched = -1;
module_param(watched, int, 0444);

static int noio(void)
{
	return !!(current->flags & PF_MEMALLOC_NOIO);
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	return xenbus_switch_state(dev, XenbusStateConnected);
}

static int resume(struct xenbus_device *dev)
{
	resumed = noio();
	return probe(dev, NULL);
}

static void frontend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	frontend = noio();
}

static void prober_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	prober = noio();
}

static const struct xenbus_device_id frontend_ids[] = { { "nest" }, { "" } };
static const struct xenbus_device_id prober_ids[] = { { "nest-bus" }, { "" } };

static struct xenbus_driver frontend_driver = {
	.ids = frontend_ids,
	.probe = probe,
	.resume = resume,
	.otherend_changed = frontend_changed,
};

static struct xenbus_driver prober_driver = {
	.ids = prober_ids,
	.probe = probe,
	.resume = resume,
	.otherend_changed = prober_changed,
	.probes_devices = true,
};

static void watch_changed(struct xenbus_watch *watch, const char *path,
			  const char *token)
{
	watched = noio();
}

static struct xenbus_watch watch = {
	.node = "data/noio",
	.callback = watch_changed,
};

static int __init noio_init(void)
{
	int err = xenbus_register_frontend(&frontend_driver);

	if (err)
		return err;
	err = xenbus_register_frontend(&prober_driver);
	if (err)
		goto no_prober;
	err = register_xenbus_watch(&watch);
	if (!err)
		return 0;
	xenbus_unregister_driver(&prober_driver);
no_prober:
	xenbus_unregister_driver(&frontend_driver);
	return err;
}

static void __exit noio_exit(void)
{
	unregister_xenbus_watch(&watch);
	xenbus_unregister_driver(&prober_driver);
	xenbus_unregister_driver(&frontend_driver);
}

module_init(noio_init);
module_exit(noio_exit);
MODULE_DESCRIPTION("Notes whether xenwatch may wait for I/O");
MODULE_LICENSE("GPL");
