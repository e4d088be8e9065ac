// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that sends requests to xenstore, again and again: to set a watch,
 * which xenstored refuses, or, with watches=0, to read.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include <xen/xenbus.h>

static bool watches = true;
module_param(watches, bool, 0444);
MODULE_PARM_DESC(watches, "set watches, without a pause; or else read");

static void changed(struct xenbus_watch *watch, const char *path,
		    const char *token)
{
}

/* xenstored refuses this path, so there is no watch to remove, which would wait for xenwatch. */
static struct xenbus_watch watch = {
	.node = "no path",
	.callback = changed,
};

static int run(void *unused)
{
	while (!kthread_should_stop()) {
		if (!watches) {
			xenbus_read_unsigned("", "nothing", 0);
			msleep(20);
		} else {
			register_xenbus_watch(&watch);
		}
	}
	return 0;
}

static struct task_struct *task;

static int __init asker_init(void)
{
	task = kthread_run(run, NULL, "asker");
	return PTR_ERR_OR_ZERO(task);
}

static void __exit asker_exit(void)
{
	kthread_stop(task);
}

module_init(asker_init);
module_exit(asker_exit);
MODULE_DESCRIPTION("Asks xenstore");
MODULE_LICENSE("GPL");
