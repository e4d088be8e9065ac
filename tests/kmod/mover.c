// SPDX-License-Identifier: GPL-2.0
/* Make a network device announce its addresses, again and again, as if it had moved. */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

static char *device = "";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "which");

static unsigned int every_ms = 1000;
module_param(every_ms, uint, 0444);
MODULE_PARM_DESC(every_ms, "how often");

static struct net_device *moving;

static void mover_say(struct work_struct *work)
{
	netdev_notify_peers(moving);
	schedule_delayed_work(to_delayed_work(work), msecs_to_jiffies(every_ms));
}

static DECLARE_DELAYED_WORK(mover_work, mover_say);

static int __init mover_init(void)
{
	moving = dev_get_by_name(&init_net, device);
	if (!moving)
		return -ENODEV;
	schedule_delayed_work(&mover_work, 0);
	return 0;
}

static void __exit mover_exit(void)
{
	cancel_delayed_work_sync(&mover_work);
	dev_put(moving);
}

module_init(mover_init);
module_exit(mover_exit);
MODULE_DESCRIPTION("A network device that moves all the time");
MODULE_LICENSE("GPL");
