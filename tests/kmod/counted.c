// SPDX-License-Identifier: GPL-2.0
/*
 * Show the counter freezer_active as the parameter "freezing": the number of users
 * that make tasks check whether they must freeze.
 */
#include <linux/freezer.h>
#include <linux/jump_label.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

static int get_freezing(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", static_key_count(&freezer_active.key));
}

static const struct kernel_param_ops freezing_ops = { .get = get_freezing };

module_param_cb(freezing, &freezing_ops, NULL, 0444);
MODULE_DESCRIPTION("Shows freezer_active");
MODULE_LICENSE("GPL");
