// SPDX-License-Identifier: GPL-2.0
/*
 * Take all memory except the memory reserve in a new domain, before any device is connected.
 * Programs that wait for a disk may do the same. Release the memory when the node "control/drain"
 * is not 0, or after HOLD_MS.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/oom.h>
#include <linux/sched/debug.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include <xen/xen-ops.h>
#include <xen/xenbus.h>

/* The case waits for up to 30 s for the error of the late disk, and then 60 s for the devices. */
#define HOLD_MS 100000
/* In so short a time, tasks cannot do much with memory that was freed meanwhile. */
#define RETAKE_MS 5
#define GFP_TAKE (GFP_NOWAIT | __GFP_NOWARN)

static uint drained;
module_param(drained, uint, 0444);
MODULE_PARM_DESC(drained, "how many times all memory was taken");

static uint expired;
module_param(expired, uint, 0444);
MODULE_PARM_DESC(expired, "how many times the memory was released after HOLD_MS");

struct piece {
	struct piece *next;
};

/* Slabs hold free objects of these sizes when no page is free. So take objects, too. */
static const unsigned short sizes[] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192
};
static struct piece *pages, *objects;
static DEFINE_SPINLOCK(lock);

static bool held;
static unsigned long since;
static struct task_struct *task;

static void push(struct piece **list, struct piece *p)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	p->next = *list;
	*list = p;
	spin_unlock_irqrestore(&lock, flags);
}

static struct piece *pop(struct piece **list)
{
	struct piece *p;

	spin_lock_irq(&lock);
	p = *list;
	if (p)
		*list = p->next;
	spin_unlock_irq(&lock);
	return p;
}

/* Take all free pages and objects, those in the lists of this CPU included. Context: any. */
static void drain_take(void *unused)
{
	struct piece *p;
	int i;

	while (READ_ONCE(held) && (p = (struct piece *)__get_free_page(GFP_TAKE)))
		push(&pages, p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		while (READ_ONCE(held) && (p = kmalloc(sizes[i], GFP_TAKE)))
			push(&objects, p);
}

/* Take also the memory that xenwatch could reclaim. Context: xenwatch. */
static void drain_reclaim(void)
{
	struct piece *p;

	while ((p = (struct piece *)__get_free_page(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN)))
		push(&pages, p);
}

static void drain_release(void)
{
	struct piece *p;

	WRITE_ONCE(held, false);
	while ((p = pop(&objects)))
		kfree(p);
	while ((p = pop(&pages)))
		free_page((unsigned long)p);
}

static void drain_show_threads(void)
{
	struct task_struct *t;

	rcu_read_lock();
	for_each_process(t)
		if (!strcmp(t->comm, "xenwatch") || !strcmp(t->comm, "xenbus"))
			sched_show_task(t);
	rcu_read_unlock();
}

/* A kernel thread that takes also the memory that programs and kswapd free meanwhile. */
static int drain_retake(void *unused)
{
	while (!kthread_should_stop()) {
		msleep(RETAKE_MS);
		if (!READ_ONCE(held))
			continue;
		drain_take(NULL);
		if (time_before(jiffies, since + msecs_to_jiffies(HOLD_MS)))
			continue;
		pr_err("drain: xenwatch and xenbus after %u s without free memory:\n", HOLD_MS / 1000);
		drain_show_threads();
		expired++;
		drain_release();
	}
	return 0;
}

static int drain_resume_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	since = jiffies;
	WRITE_ONCE(held, true);
	drain_reclaim();
	on_each_cpu(drain_take, NULL, 1);
	drained++;
	return NOTIFY_DONE;
}

static struct notifier_block resume_nb = { .notifier_call = drain_resume_notify };

/* Report freed memory to the OOM killer. Otherwise it would kill a task, and so free memory. */
static int drain_prevent_oom_kill(struct notifier_block *nb, unsigned long action, void *freed)
{
	if (READ_ONCE(held))
		*(unsigned long *)freed = 1;
	return NOTIFY_OK;
}

static struct notifier_block oom_nb = { .notifier_call = drain_prevent_oom_kill };

/* Read the node, because the watch also fires when it is registered. */
static void drain_control_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	if (xenbus_read_unsigned("control", "drain", 0))
		drain_release();
}

static struct xenbus_watch watch = {
	.node = "control/drain",
	.callback = drain_control_changed,
};

static int __init drain_init(void)
{
	int err;

	task = kthread_run(drain_retake, NULL, "drain");
	if (IS_ERR(task))
		return PTR_ERR(task);
	err = register_xenbus_watch(&watch);
	if (err) {
		kthread_stop(task);
		return err;
	}
	register_oom_notifier(&oom_nb);
	xen_resume_notifier_register(&resume_nb);
	return 0;
}

static void __exit drain_exit(void)
{
	xen_resume_notifier_unregister(&resume_nb);
	unregister_oom_notifier(&oom_nb);
	unregister_xenbus_watch(&watch);
	kthread_stop(task);
	drain_release();
}

module_init(drain_init);
module_exit(drain_exit);
MODULE_DESCRIPTION("Takes all memory except the memory reserve after a restore");
MODULE_LICENSE("GPL");
