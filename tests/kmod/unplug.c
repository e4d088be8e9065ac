// SPDX-License-Identifier: GPL-2.0
/*
 * Make vCPU hotplug slow, or prevent it:
 *
 * - By default, a kernel thread, which does not freeze, takes vCPU 1 offline, which takes
 *   TAKES_MS, and online again.
 * - With wait=1, there is no thread. If another task takes vCPU 1 offline, it takes as long.
 * - With until=INTERFACE, it takes until this interface is connected again.
 * - With keep=1, no vCPU can be taken offline while the module is loaded.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/sched/task.h>

#define VCPU 1
#define TAKES_MS 15000
#define PATIENCE (180 * HZ)

static bool keep;
module_param(keep, bool, 0444);
MODULE_PARM_DESC(keep, "that no vCPU goes");

static bool wait;
module_param(wait, bool, 0444);
MODULE_PARM_DESC(wait, "until somebody else takes the vCPU offline");

static char *until = "";
module_param(until, charp, 0444);
MODULE_PARM_DESC(until, "the interface that has to be connected anew");

static bool going;
module_param(going, bool, 0444);
MODULE_PARM_DESC(going, "it is at it");

static void wait_for_interface(void)
{
	unsigned long end = jiffies + PATIENCE;
	struct net_device *dev = dev_get_by_name(&init_net, until);
	int before = dev ? atomic_read(&dev->carrier_up_count) : 0;

	while (dev && atomic_read(&dev->carrier_up_count) == before && time_before(jiffies, end))
		msleep(20);
	dev_put(dev);
}

static int offline(unsigned int cpu)
{
	if (cpu != VCPU)
		return 0;
	going = true;
	if (*until)
		wait_for_interface();
	else
		msleep(TAKES_MS);
	going = false;
	return 0;
}

static int run(void *unused)
{
	remove_cpu(VCPU);
	add_cpu(VCPU);
	return 0;
}

static enum cpuhp_state state;
static struct task_struct *task;

static int __init unplug_init(void)
{
	int ret;

	if (keep) {
		cpu_hotplug_disable();
		return 0;
	}
	ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "test:unplug",
					NULL, offline);
	if (ret < 0)
		return ret;
	state = ret;
	if (wait)
		return 0;
	task = kthread_create(run, NULL, "unplug");
	if (IS_ERR(task)) {
		cpuhp_remove_state_nocalls(state);
		return PTR_ERR(task);
	}
	/* Keep the task_struct, because the thread may end before the module is removed. */
	get_task_struct(task);
	wake_up_process(task);
	return 0;
}

static void __exit unplug_exit(void)
{
	if (keep) {
		cpu_hotplug_enable();
		return;
	}
	if (task)
		kthread_stop_put(task);
	cpuhp_remove_state_nocalls(state);
}

module_init(unplug_init);
module_exit(unplug_exit);
MODULE_DESCRIPTION("Takes a vCPU offline, slowly, or lets none go");
MODULE_LICENSE("GPL");
