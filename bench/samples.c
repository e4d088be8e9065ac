// SPDX-License-Identifier: GPL-2.0
/*
 * samples TRACE DOMID METER GAPS KHZ: one line for each time that meter suspended the
 * domain, from what Xen traced meanwhile, and what a process saw:
 *
 *	DOWN	UP	GAP	STORE	CALLS	EVENTS
 *
 * DOWN is from when the domain ran for the request to its hypercall, UP from when it ran
 * again to when a process did, GAP for how long that did not run, STORE from when the
 * toolstack asked to the hypercall; in us. CALLS are the domain's hypercalls in DOWN
 * and UP, EVENTS those of them that are event channel operations: IPIs, most of all.
 *
 * Xen's clock, the toolstack's and the process's are the same TSC, as the domain has
 * tsc_mode="native". Nothing is put into its kernel for this, so that it is the same
 * for any.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/trace.h>

#define MAX_CPUS 64

struct record {
	uint64_t tsc;
	uint32_t event;
	uint32_t extra[7];
	unsigned int cpu;
	size_t order;
};

struct range {
	uint64_t from, to;
};

static struct record *records;
static size_t nr_records;
static uint32_t domid;
static double khz;

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("samples: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void *grown(void *old, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return old;
	old = realloc(old, (nr ? 2 * nr : 1) * size);
	if (!old)
		die("out of memory");
	return old;
}

/* --- What xentrace wrote: a pCPU's records, then another's. */

static bool get(FILE *in, void *to, size_t size)
{
	return fread(to, size, 1, in) == 1;
}

static bool read_record(FILE *in, struct record *r)
{
	uint32_t head, tsc[2] = {};

	if (!get(in, &head, sizeof(head)))
		return false;
	r->event = head & 0x0fffffff;
	if (head >> 31 && !get(in, tsc, sizeof(tsc)))
		die("a trace that was cut short");
	for (unsigned int i = 0; i < ((head >> 28) & 7); i++)
		if (!get(in, &r->extra[i], sizeof(*r->extra)))
			die("a trace that was cut short");
	r->tsc = tsc[0] | (uint64_t)tsc[1] << 32;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->tsc != y->tsc)
		return x->tsc < y->tsc ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void read_trace(const char *name)
{
	FILE *in = fopen(name, "r");
	struct record r = {};
	unsigned int cpu = 0;

	if (!in)
		die("%s: %s", name, strerror(errno));
	while (read_record(in, &r)) {
		if (r.event == TRC_TRACE_CPU_CHANGE) {
			cpu = r.extra[0];
			if (cpu >= MAX_CPUS)
				die("%s: pCPU %u", name, cpu);
			continue;
		}
		if (r.event == TRC_LOST_RECORDS)
			die("%s: records were lost: give xentrace more buffers (-S)", name);
		if (!r.tsc)
			continue;
		records = grown(records, nr_records, sizeof(*records));
		r.cpu = cpu;
		r.order = nr_records;
		records[nr_records++] = r;
	}
	fclose(in);
	qsort(records, nr_records, sizeof(*records), by_time);
}

/* --- What happened. */

static bool is_run(const struct record *r)
{
	/* From any state, in bits 8 and 9, to running, which is 0 in bits 4 and 5. */
	return (r->event & ~0x300u) == TRC_SCHED_RUNSTATE_CHANGE;
}

static bool is_call(const struct record *r)
{
	return r->event == TRC_PV_HYPERCALL_V2;
}

static uint32_t op_of(const struct record *r)
{
	return r->extra[0] & ~TRC_PV_HYPERCALL_V2_ARG_MASK;
}

struct sample {
	uint64_t seen, call, back;
	unsigned int calls, events;
};

/* Who runs where is known from what came before, so it is gone through once. */
struct cursor {
	size_t next;
	uint32_t who[MAX_CPUS];		/* domain << 16 | vCPU */
	uint32_t last_op[MAX_CPUS];
};

static bool is_ours(uint32_t who)
{
	return who >> 16 == domid;
}

static void count(struct sample *s, const struct record *r)
{
	s->calls++;
	s->events += op_of(r) == __HYPERVISOR_event_channel_op;
}

static void step(struct cursor *c, struct sample *s, const struct record *r,
		 uint64_t asked, uint64_t suspended, uint64_t user)
{
	uint32_t who = c->who[r->cpu];

	if (is_run(r)) {
		c->who[r->cpu] = r->extra[0];
		if (!s->back && s->call && r->tsc > suspended && is_ours(r->extra[0]))
			s->back = r->tsc;
	} else if (r->event == TRC_SCHED_WAKE && r->extra[0] == domid) {
		/* By an event that dom0 has just sent: that of the request. */
		if (!s->seen && r->tsc > asked && !(who >> 16) &&
		    c->last_op[r->cpu] == __HYPERVISOR_event_channel_op)
			s->seen = r->tsc;
	} else if (r->event == TRC_SCHED_SHUTDOWN && r->extra[0] == domid) {
		if (!s->call && r->tsc > asked)
			s->call = r->tsc;
	} else if (is_call(r)) {
		c->last_op[r->cpu] = op_of(r);
		if (is_ours(who) && s->seen && (!s->call || (s->back && r->tsc < user)))
			count(s, r);
	}
}

/* --- What the others say: from when to when, in a line. */

static size_t read_ranges(const char *name, struct range **out)
{
	FILE *in = fopen(name, "r");
	size_t nr = 0;
	uint64_t from, to;

	if (!in)
		die("%s: %s", name, strerror(errno));
	while (fscanf(in, "%lu %lu", &from, &to) == 2) {
		*out = grown(*out, nr, sizeof(**out));
		(*out)[nr++] = (struct range){ from, to };
	}
	fclose(in);
	return nr;
}

/* That which began before then, and ended after. */
static const struct range *gap_over(const struct range *gaps, size_t nr, uint64_t at)
{
	for (size_t i = 0; i < nr; i++)
		if (gaps[i].from < at && gaps[i].to > at)
			return &gaps[i];
	return NULL;
}

static double us(uint64_t from, uint64_t to)
{
	return to > from ? (to - from) / khz * 1000 : 0;
}

int main(int argc, char **argv)
{
	struct range *meter = NULL, *gaps = NULL;
	size_t nr, nr_gaps, lost = 0;
	struct cursor c = {};

	if (argc != 6)
		die("usage: samples TRACE DOMID METER GAPS KHZ");
	domid = strtoul(argv[2], NULL, 10);
	khz = strtod(argv[5], NULL);
	if (!domid || !(khz > 0))
		die("domain %s, %s kHz: not numbers that can be", argv[2], argv[5]);
	read_trace(argv[1]);
	nr = read_ranges(argv[3], &meter);
	nr_gaps = read_ranges(argv[4], &gaps);

	for (size_t i = 0; i < nr; i++) {
		const struct range *gap = gap_over(gaps, nr_gaps, meter[i].to);
		uint64_t end = i + 1 < nr ? meter[i + 1].from : UINT64_MAX;
		struct sample s = {};

		for (; c.next < nr_records && records[c.next].tsc < end; c.next++)
			step(&c, &s, &records[c.next], meter[i].from, meter[i].to,
			     gap ? gap->to : 0);
		if (!gap || !s.call || !s.back) {
			lost++;
			continue;
		}
		if (!s.seen || s.seen > s.call)
			s.seen = meter[i].from;
		printf("%.1f\t%.1f\t%.1f\t%.1f\t%u\t%u\n", us(s.seen, s.call),
		       us(s.back, gap->to), us(gap->from, gap->to),
		       us(meter[i].from, s.call), s.calls, s.events);
	}
	if (lost * 2 > nr)
		die("%zu of %zu times without a trace of it, or of the process", lost, nr);
	return 0;
}
