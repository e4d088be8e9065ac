// SPDX-License-Identifier: GPL-2.0
/*
 * Find the event channels of one context in another context of the same guest.
 *
 * A guest that continues after a checkpoint keeps its ports. A restored guest gets new ports from
 * Xen for the same purposes: Linux binds VIRQs and IPIs first, then each frontend allocates its
 * channel. Xen does not know the purpose of a channel, so channels to the same domain are alike.
 * They are paired so that as few properties as possible differ. If one context has more channels of
 * a kind, only their number is reported. The toolstack creates the ports of xenstore and the
 * console before all VIRQs and IPIs. Their order distinguishes these ports.
 */
#include <stdlib.h>
#include <string.h>

#include "domctx.h"

/* The keys by which ports are sorted. A round pairs ports that are equal in its keys. */
enum { KIND, WHO, ORDER, STATE, PORT, VCPU, PRIORITY, MASKED, NR_KEYS };

#define BIT(n) (1u << (n))
#define IDENTITY (BIT(KIND) | BIT(WHO) | BIT(ORDER))
#define ALIKE (IDENTITY | BIT(STATE) | BIT(VCPU) | BIT(PRIORITY) | BIT(MASKED))

static const unsigned int rounds_restored[] = {
	ALIKE | BIT(PORT), ALIKE, ALIKE & ~BIT(MASKED),
	IDENTITY | BIT(STATE) | BIT(PORT), IDENTITY | BIT(STATE),
	IDENTITY, 0
};
static const unsigned int rounds_goes_on[] = { BIT(KIND) | BIT(WHO) | BIT(PORT), 0 };

struct keyed {
	struct port *port;
	uint32_t key[NR_KEYS];
	unsigned int keys;	/* BIT() of each key that by_keys() compares */
};

static bool is_pending_timer(const struct port *p)
{
	return p->state == DOMAIN_SAVE_EVTCHN_VIRQ && p->binding == VIRQ_TIMER &&
	       (p->flags & DOMAIN_SAVE_EVTCHN_PENDING);
}

/*
 * Store which vCPUs have a pending timer event. Allocate entries only up to the highest such vCPU,
 * because a record may contain numbers that no vCPU has.
 */
static void note_timers(struct ports *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (is_pending_timer(&p->ports[i]) && p->ports[i].vcpu >= p->nr_timers)
			p->nr_timers = p->ports[i].vcpu + 1u;
	p->timer_pending = grow(NULL, p->nr_timers, sizeof(*p->timer_pending));
	memset(p->timer_pending, 0, p->nr_timers * sizeof(*p->timer_pending));
	for (size_t i = 0; i < p->nr; i++)
		if (is_pending_timer(&p->ports[i]))
			p->timer_pending[p->ports[i].vcpu] = true;
}

bool timer_pending(const struct ports *p, unsigned int vcpu)
{
	return vcpu < p->nr_timers && p->timer_pending[vcpu];
}

void ports_read(struct ports *p, const struct record *evtchn)
{
	const uint8_t *at = evtchn->data + sizeof(struct domain_save_evtchn);
	bool early = true;

	*p = (struct ports){ 0 };
	p->abi = get_number(evtchn->data, offsetof(struct domain_save_evtchn, abi), 4);
	p->nr = (evtchn->length - sizeof(struct domain_save_evtchn)) /
		sizeof(struct domain_save_evtchn_port);
	p->ports = grow(NULL, p->nr, sizeof(*p->ports));
	for (size_t i = 0; i < p->nr; i++, at += sizeof(struct domain_save_evtchn_port)) {
		struct port *port = &p->ports[i];

#define GET(member) get_number(at, offsetof(struct domain_save_evtchn_port, member), \
			       sizeof(((struct domain_save_evtchn_port *)0)->member))
		*port = (struct port){
			.port = GET(port), .state = GET(state), .priority = GET(priority),
			.flags = GET(flags), .vcpu = GET(vcpu_id), .remote = GET(remote_domid),
			.binding = GET(binding),
		};
#undef GET
		if (port->state == DOMAIN_SAVE_EVTCHN_VIRQ ||
		    port->state == DOMAIN_SAVE_EVTCHN_IPI)
			early = false;
		port->early = early && port_is_channel(port) &&
			      !(port->flags & DOMAIN_SAVE_EVTCHN_XEN);
	}
	note_timers(p);
}

void ports_free(struct ports *p)
{
	free(p->ports);
	free(p->timer_pending);
	*p = (struct ports){ 0 };
}

/* Set the keys that identify a port: they are equal if two contexts have the same port. */
static void identify(struct keyed *k, const struct port *p, unsigned int order)
{
	/*
	 * An unbound channel becomes interdomain when the other domain binds it, so both states are
	 * one kind.
	 */
	k->key[KIND] = port_is_channel(p) ? DOMAIN_SAVE_EVTCHN_INTERDOMAIN : p->state;
	if (port_is_channel(p))
		k->key[WHO] = p->remote;
	else if (p->state == DOMAIN_SAVE_EVTCHN_IPI)
		k->key[WHO] = p->vcpu;
	else
		k->key[WHO] = p->binding;
	if (port_is_channel(p))
		k->key[ORDER] = p->flags & DOMAIN_SAVE_EVTCHN_XEN ? UINT32_MAX : order;
}

static struct keyed *make_keys(struct ports *p)
{
	struct keyed *keys = grow(NULL, p->nr, sizeof(*keys));
	unsigned int order = 0;

	for (size_t i = 0; i < p->nr; i++) {
		struct port *port = &p->ports[i];

		keys[i] = (struct keyed){ .port = port };
		identify(&keys[i], port, port->early ? ++order : 0);
		keys[i].key[PORT] = port->port;
		keys[i].key[VCPU] = port->vcpu;
		keys[i].key[PRIORITY] = port->priority;
		keys[i].key[MASKED] = port->flags & DOMAIN_SAVE_EVTCHN_MASKED;
		keys[i].key[STATE] = port->state;
	}
	return keys;
}

static int by_keys(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	for (int i = 0; i < NR_KEYS; i++)
		if ((x->keys & BIT(i)) && x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return 0;
}

/* Sort ports with equal keys by port number, so that each run pairs the same ports. */
static int by_keys_and_port(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	return by_keys(a, b) ?:
	       x->key[PORT] < y->key[PORT] ? -1 : x->key[PORT] > y->key[PORT];
}

static void sort(struct keyed *k, size_t nr, unsigned int keys)
{
	for (size_t i = 0; i < nr; i++)
		k[i].keys = keys;
	qsort(k, nr, sizeof(*k), by_keys_and_port);
}

/* Pair ports with equal keys: go through both sorted lists in parallel, as a merge does. */
static void pair_up(struct keyed *was, size_t nr_was, struct keyed *is, size_t nr_is)
{
	size_t a = 0, b = 0;

	while (a < nr_was && b < nr_is) {
		int order = by_keys(&was[a], &is[b]);

		if (!order) {
			was[a].port->other = is[b].port;
			is[b].port->other = was[a].port;
		}
		a += order <= 0;
		b += order >= 0;
	}
}

static size_t drop_paired(struct keyed *k, size_t nr)
{
	size_t left = 0;

	for (size_t i = 0; i < nr; i++)
		if (!k[i].port->other)
			k[left++] = k[i];
	return left;
}

/* Return how many ports at the start of @k have the same keys as the first one. */
static size_t alike(const struct keyed *k, size_t nr)
{
	size_t n = 0;

	while (n < nr && !by_keys(&k[0], &k[n]))
		n++;
	return n;
}

static void count_alike(struct keyed *k, size_t nr, unsigned int nr_was, unsigned int nr_is)
{
	for (size_t i = 0; i < nr; i++) {
		if (k[i].port->other)
			continue;
		k[i].port->nr_was = nr_was;
		k[i].port->nr_is = nr_is;
		return;
	}
}

/*
 * Store in one unpaired port of each identity how many ports of this identity both contexts have.
 * If a context has an unpaired port, all ports of this identity in the other context are paired.
 */
static void count_unpaired(struct ports *was, struct ports *is)
{
	struct keyed *a = make_keys(was), *b = make_keys(is), *x = a, *y = b;
	struct keyed *const end_a = a + was->nr, *const end_b = b + is->nr;

	sort(a, was->nr, IDENTITY);
	sort(b, is->nr, IDENTITY);
	while (x < end_a || y < end_b) {
		int order = x == end_a ? 1 : y == end_b ? -1 : by_keys(x, y);
		size_t nr_was = order <= 0 ? alike(x, end_a - x) : 0;
		size_t nr_is = order >= 0 ? alike(y, end_b - y) : 0;

		count_alike(x, nr_was, nr_was, nr_is);
		count_alike(y, nr_is, nr_was, nr_is);
		x += nr_was;
		y += nr_is;
	}
	free(a);
	free(b);
}

bool port_is_one_of_many(const struct port *p)
{
	return port_is_channel(p) ? !p->early : p->state == DOMAIN_SAVE_EVTCHN_IPI;
}

void ports_match(struct ports *was, struct ports *is, enum way way)
{
	const unsigned int *round = way == RESTORED ? rounds_restored : rounds_goes_on;
	struct keyed *a = make_keys(was), *b = make_keys(is);
	size_t nr_a = was->nr, nr_b = is->nr;

	for (; *round; round++) {
		sort(a, nr_a, *round);
		sort(b, nr_b, *round);
		pair_up(a, nr_a, b, nr_b);
		nr_a = drop_paired(a, nr_a);
		nr_b = drop_paired(b, nr_b);
	}
	free(a);
	free(b);
	count_unpaired(was, is);
}

const char *port_name(const struct port *p, char text[NUMBER_BYTES])
{
	char number[NUMBER_BYTES];

	if (port_is_channel(p))
		snprintf(text, NUMBER_BYTES, "channel to domain %u", p->remote);
	else if (p->state == DOMAIN_SAVE_EVTCHN_VIRQ)
		snprintf(text, NUMBER_BYTES, "VIRQ %.40s of vCPU %u",
			 value_name(virq_names, p->binding, number), p->vcpu);
	else if (p->state == DOMAIN_SAVE_EVTCHN_IPI)
		snprintf(text, NUMBER_BYTES, "IPI of vCPU %u", p->vcpu);
	else if (p->state == DOMAIN_SAVE_EVTCHN_PIRQ)
		snprintf(text, NUMBER_BYTES, "pirq %u", p->binding);
	else
		snprintf(text, NUMBER_BYTES, "reserved port");
	return text;
}
