// SPDX-License-Identifier: GPL-2.0
/*
 * A driver for frontends of type "nest", which do nothing, and have no resume().
 */
#include <linux/module.h>

#include <xen/xenbus.h>

static const struct xenbus_device_id ids[] = {
	{ "nest" },
	{ "" }
};

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	return xenbus_switch_state(dev, XenbusStateConnected);
}

static struct xenbus_driver driver = {
	.ids = ids,
	.probe = probe,
};

static int __init noresume_init(void)
{
	return xenbus_register_frontend(&driver);
}

static void __exit noresume_exit(void)
{
	xenbus_unregister_driver(&driver);
}

module_init(noresume_init);
module_exit(noresume_exit);
MODULE_DESCRIPTION("A device that could not resume");
MODULE_LICENSE("GPL");
