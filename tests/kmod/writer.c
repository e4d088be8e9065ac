// SPDX-License-Identifier: GPL-2.0
/*
 * Write to xenstore in transactions. First, record how often a transaction sleeps, and the
 * result of a transaction with a write that xenstored refuses. After that, a kernel thread
 * makes one transaction after the other, and checks each.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <xen/xenbus.h>

#define DIR "data/writer"
#define NODES 20

static unsigned long waits;
module_param(waits, ulong, 0444);
MODULE_PARM_DESC(waits, "how often it slept for a transaction of 20 writes");

static int refused;
module_param(refused, int, 0444);
MODULE_PARM_DESC(refused, "what the end of a transaction says in which a write is refused");

static bool committed;
module_param(committed, bool, 0444);
MODULE_PARM_DESC(committed, "such a transaction changed something");

static unsigned int written;
module_param(written, uint, 0444);
MODULE_PARM_DESC(written, "transactions so far");

static int failed;
module_param(failed, int, 0444);
MODULE_PARM_DESC(failed, "how one of them failed");

static int write_nodes(struct xenbus_transaction t, unsigned int value)
{
	char node[16];
	int i, err = 0;

	for (i = 0; i < NODES && !err; i++) {
		snprintf(node, sizeof(node), "%d", i);
		err = xenbus_printf(t, DIR, node, "%u", value);
	}
	return err;
}

/*
 * Write @value to all nodes in one transaction. If it fails, no node may change. @forbid: also
 * write a node to which xenstored refuses writes, because it is not ours.
 */
static int write_all(unsigned int value, bool forbid)
{
	struct xenbus_transaction t;
	int err, end;

	do {
		err = xenbus_transaction_start(&t);
		if (err)
			return err;
		t.ahead = true;
		err = write_nodes(t, value);
		if (!err && forbid)
			err = xenbus_write(t, "", "name", "other");
		end = xenbus_transaction_end(t, err);
	} while (end == -EAGAIN);
	return err ?: end;
}

/* Do all nodes have @value? With @or_none, skip missing nodes, because a new domain has none. */
static bool all_are(unsigned int value, bool or_none)
{
	unsigned int none = or_none ? value : value + 1;
	char node[16];
	int i;

	for (i = 0; i < NODES; i++) {
		snprintf(node, sizeof(node), "%d", i);
		if (xenbus_read_unsigned(DIR, node, none) != value)
			return false;
	}
	return true;
}

static int run(void *unused)
{
	unsigned int value = 2;
	int err;

	while (!kthread_should_stop()) {
		err = write_all(++value, false);
		if (!err && !all_are(value, true))
			err = -EILSEQ;
		if (err)
			failed = err;
		written++;
		msleep(20);
	}
	return 0;
}

static struct task_struct *task;

static int __init writer_init(void)
{
	int err;

	waits = current->nvcsw;
	err = write_all(1, false);
	waits = current->nvcsw - waits;
	if (err)
		return err;
	refused = write_all(2, true);
	committed = !all_are(1, false);

	task = kthread_run(run, NULL, "writer");
	return PTR_ERR_OR_ZERO(task);
}

static void __exit writer_exit(void)
{
	kthread_stop(task);
}

module_init(writer_init);
module_exit(writer_exit);
MODULE_DESCRIPTION("Writes to xenstore");
MODULE_LICENSE("GPL");
