// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that computes page table entries, keeps each for HOLD_MS, and
 * then checks whether the entry is still right for its page. If the guest is
 * restored meanwhile, the entry is wrong: the page has another machine frame.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>

#define HOLD_MS 40
#define REST_US 1000

static uint held;
module_param(held, uint, 0444);
MODULE_PARM_DESC(held, "how many have been looked at");

static uint stale;
module_param(stale, uint, 0444);
MODULE_PARM_DESC(stale, "how many were of another page in the end");

static int run(void *data)
{
	struct page *page = data;

	while (!kthread_should_stop()) {
		pte_t pte = mk_pte(page, PAGE_KERNEL);
		ktime_t end = ktime_add_ms(ktime_get(), HOLD_MS);

		while (ktime_before(ktime_get(), end))
			cpu_relax();
		/* Compare raw values, which contain the machine frame number, and not the pfn. */
		if (pte.pte != mk_pte(page, PAGE_KERNEL).pte)
			stale++;
		held++;
		usleep_range(REST_US / 2, REST_US);
	}
	return 0;
}

static struct task_struct *task;
static struct page *page;

static int __init holder_init(void)
{
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	task = kthread_run(run, page, "holder");
	if (IS_ERR(task))
		__free_page(page);
	return PTR_ERR_OR_ZERO(task);
}

static void __exit holder_exit(void)
{
	kthread_stop(task);
	__free_page(page);
}

module_init(holder_init);
module_exit(holder_exit);
MODULE_DESCRIPTION("Holds page table entries");
MODULE_LICENSE("GPL");
