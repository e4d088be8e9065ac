// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that flushes a disk, again and again, as threads of file systems
 * do. The thread does not freeze.
 */
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

#define DISK "/dev/xvdb"

static int run(void *file)
{
	while (!kthread_should_stop())
		blkdev_issue_flush(file_bdev(file));
	return 0;
}

static struct task_struct *task;
static struct file *file;

static int __init flusher_init(void)
{
	file = bdev_file_open_by_path(DISK, BLK_OPEN_WRITE, NULL, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	task = kthread_run(run, file, "flusher");
	if (IS_ERR(task))
		fput(file);
	return PTR_ERR_OR_ZERO(task);
}

static void __exit flusher_exit(void)
{
	kthread_stop(task);
	fput(file);
}

module_init(flusher_init);
module_exit(flusher_exit);
MODULE_DESCRIPTION("Flushes a disk");
MODULE_LICENSE("GPL");
