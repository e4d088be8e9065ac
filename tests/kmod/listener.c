// SPDX-License-Identifier: GPL-2.0
/*
 * A vmfork notifier, which the kernel calls when the guest may be a copy. The notifier
 * sleeps for takes_ms, so that the kernel calls all later notifiers late.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/random.h>

static unsigned int takes_ms;
module_param(takes_ms, uint, 0444);
MODULE_PARM_DESC(takes_ms, "how long it takes");

static unsigned int told;
module_param(told, uint, 0444);
MODULE_PARM_DESC(told, "how often it was told");

static int listen(struct notifier_block *nb, unsigned long action, void *data)
{
	told++;
	msleep(takes_ms);
	return NOTIFY_DONE;
}

static struct notifier_block listener = {
	.notifier_call = listen,
	.priority = 1,	/* called before all notifiers of priority 0 */
};

static int __init listener_init(void)
{
	return register_random_vmfork_notifier(&listener);
}

static void __exit listener_exit(void)
{
	unregister_random_vmfork_notifier(&listener);
}

module_init(listener_init);
module_exit(listener_exit);
MODULE_DESCRIPTION("Is told of copies");
MODULE_LICENSE("GPL");
