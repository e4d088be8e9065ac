// SPDX-License-Identifier: GPL-2.0
/*
 * samples TRACE DOMID METER GAPS KHZ PROFILE: print one line for each suspend of the domain by
 * meter, from Xen's trace and from the times at which a process in the domain did not run:
 *
 *	DOWN	UP	GAP	STORE	CALLS	EVENTS	RUN	WAIT
 *
 * DOWN is from when the domain ran because of the request to its hypercall, UP from when the domain
 * ran again to when the process did, GAP the time in which the process did not run, STORE from the
 * toolstack's request to the hypercall; all in us. CALLS are the domain's hypercalls in DOWN and
 * UP, EVENTS those for event channels, mostly IPIs. RUN is the time of DOWN and UP in which a vCPU
 * ran, WAIT the time in which no vCPU ran, but one waited for a pCPU of the host.
 *
 * For each hypercall in DOWN and in UP, append a line to PROFILE: how many calls, in how many
 * suspends.
 *
 * samples TRACE DOMID KHZ: print how often the domain was suspended, and in how many seconds.
 *
 * Xen, the toolstack and the process read the same TSC, because the domain has tsc_mode="native".
 * The kernel of the domain has no code for this measurement, so any kernel can be measured.
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/trace.h>
#include <xen/vcpu.h>

#define MAX_CPUS 64
#define MAX_VCPUS 64
#define MAX_CALLS 64

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

static void *grown(void *old, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return old;
	old = realloc(old, (nr ? 2 * nr : 1) * size);
	if (!old)
		errx(2, "out of memory");
	return old;
}

/* --- Read the trace: xentrace writes records of one pCPU, then those of another one. */

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
		errx(2, "the trace was cut short");
	for (unsigned int i = 0; i < ((head >> 28) & 7); i++)
		if (!get(in, &r->extra[i], sizeof(*r->extra)))
			errx(2, "the trace was cut short");
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
		err(2, "%s", name);
	while (read_record(in, &r)) {
		if (r.event == TRC_TRACE_CPU_CHANGE) {
			cpu = r.extra[0];
			if (cpu >= MAX_CPUS)
				errx(2, "%s: pCPU %u: too many pCPUs", name, cpu);
			continue;
		}
		if (r.event == TRC_LOST_RECORDS)
			errx(2, "%s: records were lost: give xentrace more buffers (-S)", name);
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

/* --- Find the suspends in the trace. */

/* A runstate change: bits 8 and 9 are the old state, bits 4 and 5 the new one. Ignore both. */
static bool is_change(const struct record *r)
{
	return (r->event & ~0x330u) == TRC_SCHED_RUNSTATE_CHANGE;
}

static unsigned int new_state(const struct record *r)
{
	return (r->event >> 4) & 3;
}

static bool is_run(const struct record *r)
{
	return is_change(r) && new_state(r) == RUNSTATE_running;
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
	uint64_t run, wait;
	unsigned int calls, events;
	unsigned int by_op[2][MAX_CALLS];	/* in DOWN, in UP */
};

/*
 * The states at a record. They depend on all earlier records, so each record is read once, in
 * order.
 */
struct cursor {
	size_t next;
	uint32_t who[MAX_CPUS];		/* the running vCPU: domain << 16 | vCPU */
	uint32_t last_op[MAX_CPUS];
	uint8_t state[MAX_VCPUS];	/* of the domain's vCPUs: RUNSTATE_* */
	uint64_t tsc;			/* of the record before */
};

static bool is_ours(uint32_t who)
{
	return who >> 16 == domid;
}

static bool any_is(const struct cursor *c, unsigned int state)
{
	for (int i = 0; i < MAX_VCPUS; i++)
		if (c->state[i] == state)
			return true;
	return false;
}

static bool is_awake(const struct cursor *c)
{
	return any_is(c, RUNSTATE_running) || any_is(c, RUNSTATE_runnable);
}

/* Add the time since the last record to RUN if a vCPU ran, or to WAIT if one waited for a pCPU. */
static void account(const struct cursor *c, struct sample *s, uint64_t until)
{
	if (until <= c->tsc)
		return;
	if (any_is(c, RUNSTATE_running))
		s->run += until - c->tsc;
	else if (any_is(c, RUNSTATE_runnable))
		s->wait += until - c->tsc;
}

static void count(struct sample *s, unsigned int op)
{
	s->calls++;
	s->events += op == __HYPERVISOR_event_channel_op;
	s->by_op[!!s->call][op % MAX_CALLS]++;
}

static void changed(struct cursor *c, struct sample *s, const struct record *r,
		    uint64_t suspended)
{
	uint32_t who = r->extra[0];

	if (is_ours(who) && (who & 0xffff) < MAX_VCPUS)
		c->state[who & 0xffff] = new_state(r);
	if (!is_run(r))
		return;
	c->who[r->cpu] = who;
	if (!s->back && s->call && r->tsc > suspended && is_ours(who))
		s->back = r->tsc;
}

static void step(struct cursor *c, struct sample *s, const struct record *r,
		 uint64_t asked, uint64_t suspended, uint64_t user)
{
	uint32_t who = c->who[r->cpu];
	bool down = s->seen && !s->call;
	bool within = down || (s->back && r->tsc < user);

	if (down || s->back)
		account(c, s, down || r->tsc < user ? r->tsc : user);
	c->tsc = r->tsc;

	if (is_change(r)) {
		changed(c, s, r, suspended);
	} else if (r->event == TRC_SCHED_WAKE && r->extra[0] == domid) {
		/* dom0 has just sent an event from this pCPU, so this is the request. */
		if (!s->seen && r->tsc > asked && !(who >> 16) &&
		    c->last_op[r->cpu] == __HYPERVISOR_event_channel_op)
			s->seen = r->tsc;
	} else if (r->event == TRC_SCHED_SHUTDOWN && r->extra[0] == domid) {
		if (!s->call && r->tsc > asked)
			s->call = r->tsc;
	} else if (is_call(r)) {
		c->last_op[r->cpu] = op_of(r);
		/*
		 * If the domain is awake, no wakeup is traced: take dom0's first event as the
		 * request.
		 */
		if (!s->seen && r->tsc > asked && !(who >> 16) &&
		    op_of(r) == __HYPERVISOR_event_channel_op && is_awake(c))
			s->seen = r->tsc;
		if (is_ours(who) && within)
			count(s, op_of(r));
	}
}

/* --- Read the lines of meter and of ticker: two times each. */

static size_t read_ranges(const char *name, struct range **out)
{
	FILE *in = fopen(name, "r");
	size_t nr = 0;
	uint64_t from, to;

	if (!in)
		err(2, "%s", name);
	while (fscanf(in, "%lu %lu", &from, &to) == 2) {
		*out = grown(*out, nr, sizeof(**out));
		(*out)[nr++] = (struct range){ from, to };
	}
	fclose(in);
	return nr;
}

/* Return the gap that began before this time and ended after it. */
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

/* Names of hypercalls that a guest is likely to make, as in xen.h. */
static const char *const call_names[MAX_CALLS] = {
	[__HYPERVISOR_mmu_update] = "mmu_update",
	[__HYPERVISOR_stack_switch] = "stack_switch",
	[__HYPERVISOR_fpu_taskswitch] = "fpu_taskswitch",
	[__HYPERVISOR_update_descriptor] = "update_descriptor",
	[__HYPERVISOR_memory_op] = "memory_op",
	[__HYPERVISOR_multicall] = "multicall",
	[__HYPERVISOR_update_va_mapping] = "update_va_mapping",
	[__HYPERVISOR_set_timer_op] = "set_timer_op",
	[__HYPERVISOR_xen_version] = "xen_version",
	[__HYPERVISOR_grant_table_op] = "grant_table_op",
	[__HYPERVISOR_vm_assist] = "vm_assist",
	[__HYPERVISOR_iret] = "iret",
	[__HYPERVISOR_vcpu_op] = "vcpu_op",
	[__HYPERVISOR_set_segment_base] = "set_segment_base",
	[__HYPERVISOR_mmuext_op] = "mmuext_op",
	[__HYPERVISOR_sched_op] = "sched_op",
	[__HYPERVISOR_event_channel_op] = "event_channel_op",
	[__HYPERVISOR_physdev_op] = "physdev_op",
	[__HYPERVISOR_xenpmu_op] = "xenpmu_op",
};

static unsigned int by_op[2][MAX_CALLS];

static void add_profile(const struct sample *s)
{
	for (int up = 0; up < 2; up++)
		for (int op = 0; op < MAX_CALLS; op++)
			by_op[up][op] += s->by_op[up][op];
}

static void write_profile(const char *name, size_t suspends)
{
	FILE *out = fopen(name, "a");

	if (!out)
		err(2, "%s", name);
	for (int up = 0; up < 2; up++)
		for (int op = 0; op < MAX_CALLS; op++)
			if (by_op[up][op])
				fprintf(out, "%s %s %u %zu\n", up ? "up" : "down",
					call_names[op] ?: "other", by_op[up][op], suspends);
	if (fclose(out))
		err(2, "%s", name);
}

static int count_suspends(void)
{
	uint64_t first = 0, last = 0;
	unsigned int n = 0;

	for (size_t i = 0; i < nr_records; i++) {
		if (records[i].event != TRC_SCHED_SHUTDOWN || records[i].extra[0] != domid)
			continue;
		first = first ?: records[i].tsc;
		last = records[i].tsc;
		n++;
	}
	printf("%u %.6f\n", n, us(first, last) / 1e6);
	return 0;
}

static void read_numbers(const char *domid_text, const char *khz_text)
{
	domid = strtoul(domid_text, NULL, 10);
	khz = strtod(khz_text, NULL);
	if (!domid || !(khz > 0))
		errx(2, "domain %s, %s kHz: not possible values", domid_text, khz_text);
}

int main(int argc, char **argv)
{
	struct range *meter = NULL, *gaps = NULL;
	size_t nr, nr_gaps, lost = 0;
	struct cursor c = {};

	if (argc != 4 && argc != 7)
		errx(2, "usage: samples TRACE DOMID METER GAPS KHZ PROFILE, or samples TRACE DOMID KHZ");
	read_numbers(argv[2], argv[argc == 4 ? 3 : 5]);
	read_trace(argv[1]);
	if (argc == 4)
		return count_suspends();
	nr = read_ranges(argv[3], &meter);
	nr_gaps = read_ranges(argv[4], &gaps);
	memset(c.state, RUNSTATE_blocked, sizeof(c.state));

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
		add_profile(&s);
		printf("%.1f\t%.1f\t%.1f\t%.1f\t%u\t%u\t%.1f\t%.1f\n", us(s.seen, s.call),
		       us(s.back, gap->to), us(gap->from, gap->to),
		       us(meter[i].from, s.call), s.calls, s.events,
		       us(0, s.run), us(0, s.wait));
	}
	if (lost * 2 > nr)
		errx(2, "%zu of %zu suspends without a trace of the domain or of the process", lost, nr);
	write_profile(argv[6], nr - lost);
	return 0;
}
