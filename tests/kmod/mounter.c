// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that mounts a 9pfs share. Its request is in progress while the guest
 * is saved. The thread does not freeze. A program could not be frozen while it waits
 * for the answer, and the save would fail.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/sched/task.h>

static int result = 1;
module_param(result, int, 0444);
MODULE_PARM_DESC(result, "0 or -errno; 1 as long as there is none");

static struct task_struct *task;

static int run(void *unused)
{
	static const char options[] = "trans=xen,version=9p2000.L";
	struct file_system_type *type = get_fs_type("9p");
	struct vfsmount *mnt;

	if (!type) {
		result = -ENODEV;
		return 0;
	}
	mnt = vfs_kern_mount(type, 0, "share", (void *)options);
	result = PTR_ERR_OR_ZERO(mnt);
	if (!IS_ERR(mnt))
		kern_unmount(mnt);
	return 0;
}

static int __init mounter_init(void)
{
	task = kthread_create(run, NULL, "mounter");
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Keep the task_struct, because the thread may end before the module is removed. */
	get_task_struct(task);
	wake_up_process(task);
	return 0;
}

static void __exit mounter_exit(void)
{
	kthread_stop_put(task);
}

module_init(mounter_init);
module_exit(mounter_exit);
MODULE_DESCRIPTION("Mounts a 9pfs share");
MODULE_LICENSE("GPL");
