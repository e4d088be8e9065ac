// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that reads the first page of a disk, again and again, and counts. The
 * thread does not freeze, so it waits for a read whenever the guest is saved.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

#define DISK "/dev/xvdb"

/* How many reads have ended, and how many of them failed. */
static unsigned long reads, failed;
module_param(reads, ulong, 0444);
module_param(failed, ulong, 0444);

static bool enough;
module_param(enough, bool, 0644);

static struct task_struct *task;
static struct file *file;
static struct page *page;

static int run(void *unused)
{
	while (!kthread_should_stop()) {
		struct bio_vec vec;
		struct bio bio;

		if (READ_ONCE(enough)) {
			schedule_timeout_interruptible(HZ / 10);
			continue;
		}
		bio_init(&bio, file_bdev(file), &vec, 1, REQ_OP_READ);
		__bio_add_page(&bio, page, PAGE_SIZE, 0);
		if (submit_bio_wait(&bio))
			failed++;
		bio_uninit(&bio);
		reads++;
	}
	return 0;
}

static int __init reader_init(void)
{
	int err = -ENOMEM;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return err;
	file = bdev_file_open_by_path(DISK, BLK_OPEN_READ, NULL, NULL);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto free;
	}
	task = kthread_run(run, NULL, "reader");
	if (!IS_ERR(task))
		return 0;
	err = PTR_ERR(task);
	fput(file);
free:
	__free_page(page);
	return err;
}

static void __exit reader_exit(void)
{
	kthread_stop(task);
	fput(file);
	__free_page(page);
}

module_init(reader_init);
module_exit(reader_exit);
MODULE_DESCRIPTION("Reads from a disk");
MODULE_LICENSE("GPL");
