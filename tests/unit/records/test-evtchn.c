// SPDX-License-Identifier: GPL-2.0
/* Tests of EVTCHN: each state of an event channel, and both ABIs. */
#include "test.h"

#define HEAD(member) FIELD(&record, 0, domain_save_evtchn, member)
#define PORT(i, member) FIELD(&record, sizeof(struct domain_save_evtchn) + (i) * \
			      sizeof(struct domain_save_evtchn_port), domain_save_evtchn_port, member)
#define NR (1u << 17)

static struct evtchn chns[NR];
static struct domain domain = { .evtchn = chns }, other = { .domain_id = 9 };

static void new_domain(unsigned int nr)
{
	memset(chns, 0, sizeof(chns));
	for (unsigned int i = 0; i < NR; i++) {
		chns[i].port = i;
		/* Left from an earlier channel of this port. The record must not have these. */
		chns[i].priority = 11;
		chns[i].u.pirq.irq = 0x1234;
	}
	chns[0].state = ECS_RESERVED;
	domain.valid_evtchns = nr;
	domain.max_evtchn_port = NR - 1;
	domain.words = 0;
	domain.evtchn_fifo = NULL;
	domain.arch.has_32bit_shinfo = false;
}

static int dump(void) { return save(&record, DOMAIN_SAVE_CODE_EVTCHN, &domain, NULL); }

static void set(unsigned int port, unsigned int state, unsigned int vcpu, unsigned int priority)
{
	chns[port].state = state;
	chns[port].notify_vcpu_id = vcpu;
	chns[port].priority = priority;
}

static void entry(unsigned int i, unsigned int port, unsigned int state, unsigned int vcpu,
		  unsigned int domid, unsigned int binding, const char *name)
{
	ok(PORT(i, port), port, name);
	ok(PORT(i, state), state, "its state");
	ok(PORT(i, vcpu_id), vcpu, "its vCPU");
	ok(PORT(i, remote_domid), domid, "its other domain");
	ok(PORT(i, binding), binding, "what it is bound to");
}

static void test_states(void)
{
	new_domain(64);
	ok(dump(), 0, "EVTCHN: of a new domain");
	ok(record.length, 32, "with one port");
	ok(HEAD(abi), 1, "2-level");
	ok(HEAD(nr_valid), 64, "with room for more");
	entry(0, 0, 1, 0, 0, 0, "port 0");

	set(3, ECS_UNBOUND, 2, 0);
	chns[3].u.unbound.remote_domid = 5;
	set(4, ECS_INTERDOMAIN, 1, 0);
	chns[4].u.interdomain.remote_dom = &other;
	chns[4].u.interdomain.remote_port = 33;
	set(10, ECS_PIRQ, 0, 0);
	chns[10].u.pirq.irq = 16;
	set(11, ECS_VIRQ, 7, 0);
	chns[11].u.virq = 2;
	set(63, ECS_IPI, 300, 0);
	dump();
	ok(HEAD(nr_ports), 6, "all that are not free");
	ok(record.length, 16 + 6 * 16, "and no more");
	entry(1, 3, 2, 2, 5, 0, "an unbound one");
	entry(2, 4, 3, 1, 9, 33, "one to another domain");
	entry(3, 10, 4, 0, 0, 16, "a pirq");
	entry(4, 11, 5, 7, 0, 2, "a VIRQ");
	entry(5, 63, 6, 300, 0, 0, "an IPI");
}

static void test_2l(void)
{
	new_domain(8192);
	set(1, ECS_IPI, 0, 3);
	chns[1].seen_pending = true;
	set(2, ECS_IPI, 0, 3);
	chns[2].seen_masked = chns[2].pending = true;
	set(3, ECS_UNBOUND, 0, 3);
	chns[3].xen_consumer = 1;
	chns[3].seen_pending = chns[3].seen_masked = true;
	set(5000, ECS_IPI, 0, 3);
	dump();
	ok(PORT(0, flags), 0, "a reserved port has no flags");
	ok(PORT(1, flags), 1, "pending");
	ok(PORT(2, flags), 2, "masked; pending is of FIFO alone");
	ok(PORT(3, flags), 4, "Xen's own");
	ok(PORT(1, priority), 0, "there is no priority");
	ok(PORT(4, flags), 0, "a port beyond the ABI's, of which nobody knows");

	domain.arch.has_32bit_shinfo = true;
	set(1023, ECS_IPI, 0, 0);
	set(1024, ECS_IPI, 0, 0);
	chns[1023].seen_pending = chns[1024].seen_pending = true;
	dump();
	ok(PORT(4, flags), 1, "the last port of 32 bits");
	ok(PORT(5, flags), 0, "and the next one");
}

static void test_fifo(void)
{
	new_domain(2048);
	domain.evtchn_fifo = &domain;
	domain.words = 1024;
	set(1, ECS_IPI, 0, 0);
	chns[1].seen_pending = true;
	set(2, ECS_IPI, 0, 15);
	chns[2].pending = true;
	set(3, ECS_UNBOUND, 0, 6);
	chns[3].xen_consumer = 1;
	set(1024, ECS_IPI, 0, 7);
	chns[1024].pending = true;
	set(1025, ECS_IPI, 0, 7);
	chns[1025].seen_pending = true;
	dump();
	ok(HEAD(abi), 2, "FIFO");
	ok(PORT(0, priority), 0, "a reserved port has no priority");
	ok(PORT(1, priority), 0, "the highest");
	ok(PORT(2, priority), 15, "the lowest");
	ok(PORT(3, priority), 0, "Xen's own has none");
	ok(PORT(1, flags), 1, "pending");
	ok(PORT(2, flags), 0, "was pending before there was a word");
	ok(PORT(4, flags), 3, "is, and has no word");
	ok(PORT(5, flags), 2, "is not, and has none");
}

static void test_many(void)
{
	new_domain(NR);
	domain.evtchn_fifo = &domain;
	domain.words = NR;
	for (unsigned int i = 1; i < NR; i++)
		set(i, ECS_IPI, i % 128, 7);
	ok(dump(), 0, "as many as there can be");
	ok(record.length, 16 + 16L * NR, "are in the record");
	entry(NR - 1, NR - 1, 6, 127, 0, 0, "the last one");

	record.data[0] = 0xa5;
	ok(save_into(&record, DOMAIN_SAVE_CODE_EVTCHN, &domain, 4096), 0, "with room for some");
	ok(record.length, 16 + 16L * NR, "all of them are counted");
	ok(record.data[0], 0xa5, "none is in the record");
	ok(emul.scratch <= 4096, true, "nor is there memory for more");

	/* A domain may be created with any maximum, also beyond the last port of the ABI. */
	domain.max_evtchn_port = 0x7fffffff;
	ok(dump(), 0, "a domain whose maximum is beyond the last port");
	ok(emul.scratch, 16L * NR, "with memory for all of them");

	new_domain(64);
	domain.max_evtchn_port = 63;
	for (unsigned int i = 1; i < 64; i++)
		set(i, ECS_IPI, 0, 0);
	ok(dump(), 0, "all that a domain may have");
	ok(emul.scratch, 16 * 64, "with memory for these");
	domain.max_evtchn_port = 0;
	domain.valid_evtchns = 1;
	ok(dump(), 0, "one that may have none");
	ok(emul.scratch, 16, "still has port 0");
}

void test_evtchn(void)
{
	test_states();
	test_2l();
	test_fifo();
	test_many();
}
