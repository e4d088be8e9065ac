// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that holds the rtnl until an interface has been connected again. A task
 * does the same if it holds the rtnl and waits for a file that comes over this interface.
 * With the parameter "hold", the thread takes the rtnl again and again, without a pause.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#define PATIENCE	(180 * HZ)

static char *interface = "eth0";
module_param(interface, charp, 0444);
MODULE_PARM_DESC(interface, "the interface");

static int connected = -1;
module_param(connected, int, 0444);
MODULE_PARM_DESC(connected, "was it connected anew? -1 as long as that is waited for");

static unsigned int hold;
module_param(hold, uint, 0444);
MODULE_PARM_DESC(hold, "hold it for so many ms, again and again, until this is unloaded");

static int run(void *unused)
{
	unsigned long end = jiffies + PATIENCE;
	struct net_device *dev;
	bool again = false;
	int before;

	while (hold && !kthread_should_stop()) {
		rtnl_lock();
		/* Do not sleep by jiffies, or tasks that poll by msleep() would wake just then. */
		usleep_range(hold * 1000, hold * 1000 + 1);
		rtnl_unlock();
	}
	if (hold)
		return 0;
	rtnl_lock();
	dev = __dev_get_by_name(&init_net, interface);
	before = dev ? atomic_read(&dev->carrier_up_count) : 0;
	while (dev && !again && !kthread_should_stop() &&
	       time_before(jiffies, end)) {
		msleep(1);
		again = atomic_read(&dev->carrier_up_count) != before;
	}
	rtnl_unlock();
	WRITE_ONCE(connected, again);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static struct task_struct *task;

static int __init rtnl_init(void)
{
	task = kthread_run(run, NULL, "rtnl");
	return PTR_ERR_OR_ZERO(task);
}

static void __exit rtnl_exit(void)
{
	kthread_stop(task);
}

module_init(rtnl_init);
module_exit(rtnl_exit);
MODULE_DESCRIPTION("Holds the lock of network devices");
MODULE_LICENSE("GPL");
