// SPDX-License-Identifier: GPL-2.0
/*
 * A driver for frontends of type "nest", which do nothing. If the kernel has
 * cannot_resume, the driver sets it: its devices cannot resume in a new domain.
 */
#include <linux/module.h>

#include <xen/xenbus.h>

static bool lost;
module_param(lost, bool, 0444);
MODULE_PARM_DESC(lost, "resume() was called");

static const struct xenbus_device_id ids[] = {
	{ "nest" },
	{ "" }
};

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	return xenbus_switch_state(dev, XenbusStateConnected);
}

static int resume(struct xenbus_device *dev)
{
	lost = true;
	return 0;
}

static struct xenbus_driver driver = {
	.ids = ids,
	.probe = probe,
	.resume = resume,
#ifdef CANNOT_RESUME
	.cannot_resume = true,
#endif
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
MODULE_DESCRIPTION("A device that cannot resume");
MODULE_LICENSE("GPL");
