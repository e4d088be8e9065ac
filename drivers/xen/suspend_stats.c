// SPDX-License-Identifier: GPL-2.0
/*
 * What suspends cost and how they ended: tracepoints, debugfs, and one-shot
 * fault injection by phase name.
 *
 * The walk itself only fills in records; all is told here, once it is over
 * (I6).  debugfs/xen_suspend/ has "last", the records of the last suspend,
 * and "inject", the phase that the next one is to fail at.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/uaccess.h>

#include <xen/suspend.h>
#include <xen/xen.h>

#include <asm/tsc.h>

#define CREATE_TRACE_POINTS
#include <trace/events/xen_suspend.h>

/* Protects what debugfs shares with the next suspend. */
static DEFINE_MUTEX(stats_lock);
static struct xen_suspend last;
static int last_err;
static unsigned long count;	/* suspends so far, however they ended */
static const char *inject;

static const char *const outcome_names[] = {
	[XEN_SUSPEND_ABORTED]	= "aborted",
	[XEN_SUSPEND_CANCELLED]	= "cancelled",
	[XEN_SUSPEND_RESTORED]	= "restored",
};

/*
 * By the frequency of the host that we booted on, so an approximation after a
 * move to another.
 */
static u64 record_ns(const struct xen_suspend_record *record)
{
	return mul_u64_u32_div(record->cycles, 1000000, tsc_khz ?: 1);
}

/**
 * xen_suspend_stats_begin - start with a clean sheet, and the fault asked for
 * @s: the suspend; all of it is set
 *
 * Context: Process context, may sleep.
 */
void xen_suspend_stats_begin(struct xen_suspend *s)
{
	memset(s, 0, sizeof(*s));
	mutex_lock(&stats_lock);
	s->inject = inject;
	inject = NULL;
	mutex_unlock(&stats_lock);
}

static void tell(const struct xen_suspend *s, int err)
{
	unsigned int i;

	for (i = 0; i < s->nr_records; i++) {
		const struct xen_suspend_record *r = &s->records[i];

		trace_xen_suspend_phase(r->level, r->phase, r->up, r->err,
					record_ns(r));
		WARN(r->unbalanced,
		     "phase \"%s\" changed the interrupt or preempt state\n",
		     r->phase);
	}
	trace_xen_suspend_done(outcome_names[s->outcome], err,
			       s->failed ?: "");
}

/**
 * xen_suspend_stats_end - tell what happened, and keep it for debugfs
 * @s: the suspend, its walk over
 * @err: what the walk returned
 *
 * Context: Process context, may sleep, tasks run again.
 */
void xen_suspend_stats_end(struct xen_suspend *s, int err)
{
	tell(s, err);

	mutex_lock(&stats_lock);
	last = *s;
	last_err = err;
	count++;
	mutex_unlock(&stats_lock);
}

static int last_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	mutex_lock(&stats_lock);
	seq_printf(m, "suspend %lu %s %d %s\n", count,
		   count ? outcome_names[last.outcome] : "never", last_err,
		   last.failed ?: "-");
	for (i = 0; i < last.nr_records; i++) {
		const struct xen_suspend_record *r = &last.records[i];

		seq_printf(m, "%s\t%s\t%s\t%d\t%llu\n", r->level,
			   str_up_down(r->up), r->phase, r->err,
			   record_ns(r));
	}
	mutex_unlock(&stats_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(last);

static const char *find_phase(const char *name)
{
	const struct xen_suspend_table *tables[] = {
		&xen_suspend_thread_table,
		&xen_suspend_stopped_table,
		xen_suspend_arch_table(),
	};
	unsigned int t, i;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (i = 0; i < tables[t]->nr; i++)
			if (!strcmp(tables[t]->phases[i].name, name))
				return tables[t]->phases[i].name;

	return strcmp("hypercall", name) ? NULL : "hypercall";
}

static int inject_show(struct seq_file *m, void *unused)
{
	mutex_lock(&stats_lock);
	seq_printf(m, "%s\n", inject ?: "");
	mutex_unlock(&stats_lock);
	return 0;
}

/* An empty line takes the fault back. */
static ssize_t inject_write(struct file *file, const char __user *buf,
			    size_t len, loff_t *pos)
{
	char text[32];
	const char *name, *phase = NULL;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = '\0';

	name = strim(text);
	if (*name) {
		phase = find_phase(name);
		if (!phase)
			return -EINVAL;
	}

	mutex_lock(&stats_lock);
	inject = phase;
	mutex_unlock(&stats_lock);
	return len;
}

static int inject_open(struct inode *inode, struct file *file)
{
	return single_open(file, inject_show, NULL);
}

static const struct file_operations inject_fops = {
	.owner	 = THIS_MODULE,
	.open	 = inject_open,
	.read	 = seq_read,
	.write	 = inject_write,
	.llseek	 = seq_lseek,
	.release = single_release,
};

static int __init stats_init(void)
{
	struct dentry *dir;

	if (!xen_domain())
		return 0;
	dir = debugfs_create_dir("xen_suspend", NULL);
	debugfs_create_file("last", 0400, dir, NULL, &last_fops);
	debugfs_create_file("inject", 0600, dir, NULL, &inject_fops);
	return 0;
}
device_initcall(stats_init);
