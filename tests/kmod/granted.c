// SPDX-License-Identifier: GPL-2.0
/*
 * Grant dom0 a page of kmalloc() memory. When "ended" is written, end the grant, although dom0 may
 * still have mapped the page, and free the memory.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <xen/grant_table.h>
#include <xen/page.h>

static int ref = -1;
module_param(ref, int, 0444);
MODULE_PARM_DESC(ref, "The grant reference");

static void *memory;

static int end(const char *value, const struct kernel_param *kp)
{
	if (!memory)
		return -EALREADY;
	gnttab_end_foreign_access(ref, NULL);
	kfree(memory);
	memory = NULL;
	return 0;
}

static const struct kernel_param_ops end_ops = { .set = end };

module_param_cb(ended, &end_ops, NULL, 0200);
MODULE_PARM_DESC(ended, "Write anything to end the grant and free its memory");

static int __init granted_init(void)
{
	memory = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!memory)
		return -ENOMEM;
	ref = gnttab_grant_foreign_access(0, virt_to_gfn(memory), 0);
	if (ref >= 0)
		return 0;
	kfree(memory);
	return ref;
}

/* No exit function: dom0 may have mapped the page. */
module_init(granted_init);
MODULE_DESCRIPTION("Grants dom0 a page of kmalloc() memory");
MODULE_LICENSE("GPL");
