// SPDX-License-Identifier: GPL-2.0
/*
 * A device that refuses to suspend, or takes long to suspend, according to
 * the parameters in /sys/module/refuse/parameters/.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/string.h>

static char *at = "";
module_param(at, charp, 0644);
MODULE_PARM_DESC(at, "freeze or noirq");

static int error = -EBUSY;
module_param(error, int, 0644);
MODULE_PARM_DESC(error, "what to refuse with; 0 not to");

static uint delay;
module_param(delay, uint, 0644);
MODULE_PARM_DESC(delay, "how long to take first, in ms");

static uint times;
module_param(times, uint, 0644);
MODULE_PARM_DESC(times, "how often, from now on");

static int refuse(struct device *dev, const char *step)
{
	uint ms;

	if (!sysfs_streq(at, step) || !times)
		return 0;
	times--;
	dev_info(dev, "%s: %d after %u ms\n", step, error, delay);
	if (!strcmp(step, "freeze")) {
		msleep(delay);
		return error;
	}
	/* Busy-wait in the noirq step, because timers may have stopped. */
	for (ms = 0; ms < delay; ms++) {
		mdelay(1);
		touch_nmi_watchdog();
	}
	return error;
}

static int refuse_freeze(struct device *dev)
{
	return refuse(dev, "freeze");
}

static int refuse_noirq(struct device *dev)
{
	return refuse(dev, "noirq");
}

static const struct dev_pm_ops refuse_pm = {
	.freeze = refuse_freeze,
	.freeze_noirq = refuse_noirq,
};

static struct platform_driver refuse_driver = {
	.driver = { .name = "refuse", .pm = &refuse_pm },
};

static struct platform_device *device;

static int __init refuse_init(void)
{
	int err = platform_driver_register(&refuse_driver);

	if (err)
		return err;
	device = platform_device_register_simple("refuse", 0, NULL, 0);
	if (IS_ERR(device)) {
		platform_driver_unregister(&refuse_driver);
		return PTR_ERR(device);
	}
	return 0;
}

static void __exit refuse_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&refuse_driver);
}

module_init(refuse_init);
module_exit(refuse_exit);
MODULE_DESCRIPTION("A device that refuses to suspend");
MODULE_LICENSE("GPL");
