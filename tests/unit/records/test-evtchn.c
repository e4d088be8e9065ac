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
	ok(PORT(i, state), state, "the state of this port");
	ok(PORT(i, vcpu_id), vcpu, "the vCPU of this port");
	ok(PORT(i, remote_domid), domid, "the remote domain of this port");
	ok(PORT(i, binding), binding, "the binding of this port");
}

static void test_states(void)
{
	new_domain(64);
	ok(dump(), 0, "EVTCHN: a new domain is saved");
	ok(record.length, 32, "the length with one port");
	ok(HEAD(abi), 1, "the ABI is 2-level");
	ok(HEAD(nr_valid), 64, "the number of allocated ports");
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
	ok(HEAD(nr_ports), 6, "the number of ports that are not free");
	ok(record.length, 16 + 6 * 16, "the length with these ports");
	entry(1, 3, 2, 2, 5, 0, "an unbound port");
	entry(2, 4, 3, 1, 9, 33, "a port to another domain");
	entry(3, 10, 4, 0, 0, 16, "a port of a pirq");
	entry(4, 11, 5, 7, 0, 2, "a port of a VIRQ");
	entry(5, 63, 6, 300, 0, 0, "a port of an IPI");
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
	ok(PORT(1, flags), 1, "2-level: a pending port");
	ok(PORT(2, flags), 2, "2-level: a masked port; the bit pending is ignored");
	ok(PORT(3, flags), 4, "2-level: a port of Xen");
	ok(PORT(1, priority), 0, "2-level: ports have no priority");
	ok(PORT(4, flags), 0, "2-level: a port after the last of the ABI has no flags");

	domain.arch.has_32bit_shinfo = true;
	set(1023, ECS_IPI, 0, 0);
	set(1024, ECS_IPI, 0, 0);
	chns[1023].seen_pending = chns[1024].seen_pending = true;
	dump();
	ok(PORT(4, flags), 1, "2-level: the last port of a domain with 32 bits");
	ok(PORT(5, flags), 0, "2-level: the port after it has no flags");
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
	ok(HEAD(abi), 2, "the ABI is FIFO");
	ok(PORT(0, priority), 0, "FIFO: a reserved port has no priority");
	ok(PORT(1, priority), 0, "FIFO: the highest priority");
	ok(PORT(2, priority), 15, "FIFO: the lowest priority");
	ok(PORT(3, priority), 0, "FIFO: a port of Xen has no priority");
	ok(PORT(1, flags), 1, "FIFO: a pending port");
	ok(PORT(2, flags), 0, "FIFO: the bit pending is ignored with an event word");
	ok(PORT(4, flags), 3, "FIFO: a pending port without an event word");
	ok(PORT(5, flags), 2, "FIFO: a port without an event word that is not pending");
}

static void test_many(void)
{
	new_domain(NR);
	domain.evtchn_fifo = &domain;
	domain.words = NR;
	for (unsigned int i = 1; i < NR; i++)
		set(i, ECS_IPI, i % 128, 7);
	ok(dump(), 0, "a domain with the maximum of ports is saved");
	ok(record.length, 16 + 16L * NR, "the length with the maximum of ports");
	entry(NR - 1, NR - 1, 6, 127, 0, 0, "the last port");

	record.data[0] = 0xa5;
	ok(save_into(&record, DOMAIN_SAVE_CODE_EVTCHN, &domain, 4096), 0,
	   "a save with room for some ports succeeds");
	ok(record.length, 16 + 16L * NR, "this save returns the length of all ports");
	ok(record.data[0], 0xa5, "this save writes no data");
	ok(emul.scratch <= 4096, true, "this save allocates not more memory than there is room");

	/* A domain may be created with any maximum, also beyond the last port of the ABI. */
	domain.max_evtchn_port = 0x7fffffff;
	ok(dump(), 0, "a domain whose maximum is after the last port is saved");
	ok(emul.scratch, 16L * NR, "memory is allocated for all ports of the ABI");

	new_domain(64);
	domain.max_evtchn_port = 63;
	for (unsigned int i = 1; i < 64; i++)
		set(i, ECS_IPI, 0, 0);
	ok(dump(), 0, "a domain that uses all its ports is saved");
	ok(emul.scratch, 16 * 64, "memory is allocated for these ports");
	domain.max_evtchn_port = 0;
	domain.valid_evtchns = 1;
	ok(dump(), 0, "a domain without ports is saved");
	ok(emul.scratch, 16, "memory is allocated for port 0");
}

void test_evtchn(void)
{
	test_states();
	test_2l();
	test_fifo();
	test_many();
}
