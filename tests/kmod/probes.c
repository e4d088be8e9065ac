// SPDX-License-Identifier: GPL-2.0
/*
 * A driver for frontends of type "nest". As real drivers do, its probe() writes several nodes, and
 * then switches the state of the device. Each write makes xenwatch check the device.
 */
#include <linux/module.h>

#include <xen/xenbus.h>

#define NODES 5

static int probed;
module_param(probed, int, 0444);
MODULE_PARM_DESC(probed, "How often a device was probed");

static const struct xenbus_device_id ids[] = {
	{ "nest" },
	{ "" }
};

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	int err;

	/* The module's init function and xenwatch may probe at the same time. */
	__sync_fetch_and_add(&probed, 1);
	for (int i = 0; i < NODES; i++) {
		err = xenbus_printf(XBT_NIL, dev->nodename, "node", "%d", i);
		if (err)
			return err;
	}
	return xenbus_switch_state(dev, XenbusStateInitialised);
}

static struct xenbus_driver driver = {
	.ids = ids,
	.probe = probe,
	/* Otherwise the init function waits until the devices are connected. */
	.not_essential = true,
};

static int __init probes_init(void)
{
	return xenbus_register_frontend(&driver);
}

static void __exit probes_exit(void)
{
	xenbus_unregister_driver(&driver);
}

module_init(probes_init);
module_exit(probes_exit);
MODULE_DESCRIPTION("A frontend that writes nodes while it is probed");
MODULE_LICENSE("GPL");
