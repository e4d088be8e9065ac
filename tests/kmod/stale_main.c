// SPDX-License-Identifier: GPL-2.0
/*
 * Check whether anything in a restored PV guest refers to a machine frame of the old domain.
 *
 * The module notes the frames of the guest when it is suspended: those in the p2m, and
 * those that only page tables have, which are shared info and grant table.  It looks for
 * these frames twice in a new domain.  The first look is in the stopped machine, before
 * anything runs.  The second look is when the case writes to the parameter "look", after the
 * frontends are connected.  Only this look reads the grant table, which is empty before.
 *
 * The old domain must keep its frames until both looks are done.  Otherwise the new domain
 * may get some of these frames, and "overlap" counts them.
 *
 * The addresses of symbols that are not exported are parameters. The case gets them from
 * /proc/kallsyms.
 */
#include <linux/bitmap.h>
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/syscore_ops.h>
#include <linux/vmalloc.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "stale.h"

#define SYMBOL(name)						\
	ulong sym_##name;					\
	module_param_named(name, sym_##name, ulong, 0);		\
	MODULE_PARM_DESC(name, "address of this symbol");
STALE_SYMBOLS(SYMBOL)

#define COUNT(name, text)				\
	uint name;					\
	module_param(name, uint, 0444);			\
	MODULE_PARM_DESC(name, text)

static COUNT(restored, "how often the guest was found in a new domain");
static COUNT(looks, "how many looks were completed, of two for each new domain");
COUNT(frames, "how many frames were noted at the last suspend");
COUNT(entries, "how many present page table entries the last look read");
COUNT(tables, "how many page tables these entries were in");
COUNT(grants, "how many grants the last look read");
COUNT(overlap, "how many of the noted frames Xen has given to the new domain");
COUNT(findings, "how many references to noted frames all looks have found");
COUNT(detached, "how many entries of noted frames are in page tables of no address space");
COUNT(stacks, "how many words on stacks look like entries of noted frames");

/* The first findings, and the first words on stacks, as text. */
static char found[512];
module_param_string(found, found, sizeof(found), 0444);
static char on_stacks[512];
module_param_string(on_stacks, on_stacks, sizeof(on_stacks), 0444);

unsigned long nr_pfns, nr_mfns;
unsigned long *noted, *seen;
static unsigned long *p2m;	/* copy of the p2m at the suspend */

static void append(char *text, size_t size, const char *fmt, va_list args)
{
	size_t length = strlen(text);

	vsnprintf(text + length, size - length, fmt, args);
}

/* find - record a reference to a noted frame */
void find(const char *fmt, ...)
{
	va_list args;

	findings++;
	va_start(args, fmt);
	append(found, sizeof(found), fmt, args);
	va_end(args);
}

/* note_stack - record a word on a stack that may be a reference to a noted frame */
void note_stack(const char *fmt, ...)
{
	va_list args;

	stacks++;
	va_start(args, fmt);
	append(on_stacks, sizeof(on_stacks), fmt, args);
	va_end(args);
}

static void note(unsigned long mfn)
{
	if (mfn < nr_mfns && !test_and_set_bit(mfn, noted))
		frames++;
}

static bool note_entry(unsigned long entry, int level, unsigned long address)
{
	note(entry_mfn(entry));
	return true;
}

/* Note all frames of the guest. Context: all other vCPUs are stopped, interrupts are off. */
static int stale_suspend(void *unused)
{
	unsigned long pfn;

	bitmap_zero(noted, nr_mfns);
	frames = 0;
	for (pfn = 0; pfn < nr_pfns; pfn++) {
		p2m[pfn] = READ_ONCE(xen_p2m_addr[pfn]);
		if (has_frame(p2m[pfn]))
			note(p2m[pfn]);
	}
	walk_all(note_entry);
	return 0;
}

/* Context: all other vCPUs are stopped, interrupts are off. */
static int look_at_memory(void *unused)
{
	look_at_p2m();
	look_at_tables();
	look_at_xens_pages();
	return 0;
}

/*
 * Check a new domain. If the p2m has not changed, this is the old domain, and it still owns
 * the frames. Context: as for stale_suspend().
 */
static void stale_resume(void *unused)
{
	if (!memcmp(p2m, xen_p2m_addr, nr_pfns * sizeof(*p2m)))
		return;
	restored++;
	look_at_memory(NULL);
	look_at_stacks();
	looks++;
}

static const struct syscore_ops stale_ops = {
	.suspend = stale_suspend,
	.resume = stale_resume,
};

static struct syscore stale_syscore = { .ops = &stale_ops };

static int look_again(const char *value, const struct kernel_param *param)
{
	int cpu;

	stop_machine(look_at_memory, NULL, NULL);
	look_at_grants();
	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, look_at_vcpu, NULL, 1);
	cpus_read_unlock();
	looks++;
	return 0;
}

static const struct kernel_param_ops look_ops = { .set = look_again };
module_param_cb(look, &look_ops, NULL, 0200);
MODULE_PARM_DESC(look, "look again, before the old domain's frames are free");

static void free_all(void)
{
	vfree(noted);
	vfree(seen);
	vfree(p2m);
}

static int __init stale_init(void)
{
#define GIVEN(name) sym_##name &&
	if (!(STALE_SYMBOLS(GIVEN) xen_pv_domain()))
		return -EINVAL;

	nr_pfns = *(unsigned long *)sym_max_pfn;
	nr_mfns = HYPERVISOR_memory_op(XENMEM_maximum_ram_page, NULL) + 1;
	noted = vzalloc(BITS_TO_LONGS(nr_mfns) * sizeof(long));
	seen = vzalloc(BITS_TO_LONGS(nr_pfns) * sizeof(long));
	p2m = vmalloc_array(nr_pfns, sizeof(*p2m));
	if (!noted || !seen || !p2m) {
		free_all();
		return -ENOMEM;
	}
	register_syscore(&stale_syscore);
	return 0;
}

static void __exit stale_exit(void)
{
	unregister_syscore(&stale_syscore);
	free_all();
}

module_init(stale_init);
module_exit(stale_exit);
MODULE_DESCRIPTION("Looks for frames of the old domain");
MODULE_LICENSE("GPL");
