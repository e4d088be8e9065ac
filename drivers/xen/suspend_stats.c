// SPDX-License-Identifier: GPL-2.0
/*
 * Report the duration and the outcome of suspends, by tracepoints and debugfs,
 * and inject faults by the name of a phase.
 *
 * The walk only fills in records.  The code here reports them after the walk,
 * when the clock works (I6).  In debugfs/xen_suspend/, "last" has the records
 * of the last suspend, and "inject" has the fault for the next suspends.
 */
#define pr_fmt(fmt) "xen: suspend: " fmt

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
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

/* Protects the variables below, which debugfs shares with xenwatch. */
static DEFINE_MUTEX(stats_lock);
static struct xen_suspend last;
static int last_err;
static unsigned long count;	/* suspends so far, with any outcome */
static struct xen_suspend_fault inject;
static unsigned int inject_times;

static const char *const outcome_names[] = {
	[XEN_SUSPEND_ABORTED]	= "aborted",
	[XEN_SUSPEND_CANCELLED]	= "cancelled",
	[XEN_SUSPEND_RESTORED]	= "restored",
};

/*
 * Convert TSC cycles of a record to ns.  tsc_khz is the frequency of the host
 * on which the kernel booted, so on another host the result is approximate.
 */
static u64 record_ns(const struct xen_suspend_record *record)
{
	return mul_u64_u32_div(record->cycles, 1000000, tsc_khz ?: 1);
}

/**
 * xen_suspend_stats_begin - initialize a suspend, and set the fault to inject
 * @s: the suspend; all fields are overwritten
 * @rq: the request, or NULL
 *
 * Context: Process context, may sleep.
 */
void xen_suspend_stats_begin(struct xen_suspend *s,
			     struct xen_suspend_request *rq)
{
	memset(s, 0, sizeof(*s));
	s->request = rq;
	mutex_lock(&stats_lock);
	if (inject_times) {
		s->fault = inject;
		inject_times--;
	}
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
 * xen_suspend_stats_end - trace a suspend, and keep its records for debugfs
 * @s: the suspend, after its walk
 * @err: the value that the walk returned
 *
 * Context: Process context, may sleep, tasks run again.
 */
void xen_suspend_stats_end(struct xen_suspend *s, int err)
{
	tell(s, err);
	/* The request may be used during the walk only. */
	s->request = NULL;

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
	if (*last.slow)
		seq_printf(m, "slow %s\n", last.slow);
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

/**
 * xen_suspend_find - find a phase of a table by its name
 * @table: the table
 * @name: the name of the phase
 *
 * Context: Any.
 * Return: the table's own copy of @name, or NULL if there is none.
 */
const char *xen_suspend_find(const struct xen_suspend_table *table,
			     const char *name)
{
	unsigned int i;

	for (i = 0; i < table->nr; i++)
		if (!strcmp(table->phases[i].name, name))
			return table->phases[i].name;
	return NULL;
}

/*
 * Find the phase for fault injection.  If @slow, the fault has a delay, which
 * only phases of the thread and fast tables may have.
 */
static const char *find_phase(const char *name, bool slow)
{
	const char *phase = xen_suspend_find(&xen_suspend_thread_table, name) ?:
			    xen_suspend_find(&xen_suspend_fast_table, name);

	if (phase || slow)
		return phase;
	phase = xen_suspend_find(&xen_suspend_stopped_table, name) ?:
		xen_suspend_find(&xen_suspend_parked_table, name) ?:
		xen_suspend_find(xen_suspend_arch_table(), name);
	if (!phase && !strcmp("hypercall", name))
		phase = "hypercall";
	return phase;
}

/* Parse [error=ERRNO] [delay=MS] [times=N] PHASE.  PHASE may have blanks. */
static int parse_fault(char *text, struct xen_suspend_fault *fault,
		       unsigned int *times)
{
	char *word, *eq;

	*fault = (struct xen_suspend_fault) { .err = -EIO };
	*times = 1;
	while ((eq = strchr(text, '='))) {
		int err = -EINVAL;

		*eq++ = '\0';
		word = strsep(&eq, " ");
		if (!strcmp(text, "error"))
			err = kstrtoint(word, 10, &fault->err);
		else if (!strcmp(text, "delay"))
			err = kstrtouint(word, 10, &fault->delay_ms);
		else if (!strcmp(text, "times"))
			err = kstrtouint(word, 10, times);
		if (err || !eq)
			return -EINVAL;
		text = skip_spaces(eq);
	}
	if (fault->err > 0 || fault->err < -MAX_ERRNO)
		return -EINVAL;
	fault->phase = find_phase(text, fault->delay_ms);
	return fault->phase ? 0 : -EINVAL;
}

static int inject_show(struct seq_file *m, void *unused)
{
	mutex_lock(&stats_lock);
	if (inject_times)
		seq_printf(m, "error=%d delay=%u times=%u %s\n", inject.err,
			   inject.delay_ms, inject_times, inject.phase);
	mutex_unlock(&stats_lock);
	return 0;
}

/* Set the fault for the next suspends.  An empty line removes the fault. */
static ssize_t inject_write(struct file *file, const char __user *buf,
			    size_t len, loff_t *pos)
{
	struct xen_suspend_fault fault = {};
	unsigned int times = 0;
	char text[64], *line;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = '\0';

	line = strim(text);
	if (*line && parse_fault(line, &fault, &times))
		return -EINVAL;

	mutex_lock(&stats_lock);
	inject = fault;
	inject_times = times;
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
