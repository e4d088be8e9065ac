// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the event channels, timers and grants of two contexts, and find which differences are
 * expected.
 */
#include <string.h>

#include "domctx.h"

#include <xen/grant_table.h>

static bool flag(const struct port *p, unsigned int flag)
{
	return p->flags & flag;
}

/*
 * A restored domain has new port numbers. After a checkpoint, ports_match() pairs only ports with
 * the same number, so the number never differs.
 */
static const char *anew(const struct pair *p, const struct port *was, const struct port *is)
{
	(void)p, (void)was, (void)is;
	return "a new domain has its own ports";
}

/*
 * Expect that the channel of a device is bound to another vCPU after a restore: its driver sets the
 * channel up again, and Linux chooses a vCPU again. The ports of xenstore and the console stay on
 * the vCPU that /proc/irq has. Ports of Xen, VIRQs and IPIs must keep their vCPU.
 */
static const char *moved(const struct pair *p, const struct port *was, const struct port *is)
{
	(void)is;
	return p->way == RESTORED && port_is_channel(was) && !was->early &&
	       !flag(was, DOMAIN_SAVE_EVTCHN_XEN) ? "the driver has set up the channel again" : NULL;
}

static const char *connected(const struct pair *p, const struct port *was,
			     const struct port *is)
{
	(void)p, (void)was;
	return is->state == DOMAIN_SAVE_EVTCHN_INTERDOMAIN ? "the other end has connected" : NULL;
}

static const char *remote(const struct pair *p, const struct port *was, const struct port *is)
{
	if (was->state != is->state)
		return connected(p, was, is);
	return p->way == RESTORED ? "the other end has a new port" : NULL;
}

/*
 * Expect that a masked channel becomes unmasked: Linux masks a channel while it handles an event.
 * Linux does not mask VIRQs and IPIs for this.
 */
static const char *unmasked(const struct pair *p, const struct port *was, const struct port *is)
{
	(void)p, (void)is;
	return port_is_channel(was) && flag(was, DOMAIN_SAVE_EVTCHN_MASKED) ?
		"the guest was handling its event" : NULL;
}

static const char *event(const struct pair *p, const struct port *was, const struct port *is)
{
	(void)p, (void)was, (void)is;
	return "events change all the time";
}

static const char *never(const struct pair *p, const struct port *was, const struct port *is)
{
	(void)p, (void)was, (void)is;
	return NULL;
}

static unsigned int get_port(const struct port *p) { return p->port; }
static unsigned int get_state(const struct port *p) { return p->state; }
static unsigned int get_vcpu(const struct port *p) { return p->vcpu; }
static unsigned int get_priority(const struct port *p) { return p->priority; }
static unsigned int get_masked(const struct port *p)
{
	return flag(p, DOMAIN_SAVE_EVTCHN_MASKED);
}

static unsigned int get_pending(const struct port *p)
{
	return flag(p, DOMAIN_SAVE_EVTCHN_PENDING);
}

static unsigned int get_remote(const struct port *p)
{
	return p->state == DOMAIN_SAVE_EVTCHN_INTERDOMAIN ? p->binding : 0;
}

static const char *const no_yes[] = { "no", "yes", NULL };

/* The properties of a port that diff_port() compares in two contexts. */
static const struct {
	const char *name;
	unsigned int (*get)(const struct port *p);
	const char *const *names;
	const char *(*why)(const struct pair *p, const struct port *was,
			   const struct port *is);
} fields[] = {
	{ "port",	 get_port,	NULL,		anew },
	{ "state",	 get_state,	port_states,	connected },
	{ "remote port", get_remote,	NULL,		remote },
	{ "vCPU",	 get_vcpu,	NULL,		moved },
	{ "priority",	 get_priority,	NULL,		never },
	{ "masked",	 get_masked,	no_yes,		unmasked },
	{ "pending",	 get_pending,	no_yes,		event },
};

static const char *text_of(const char *const *names, unsigned int value,
			   char text[NUMBER_BYTES])
{
	static const char *const none[] = { NULL };

	return value_name(names ? names : none, value, text);
}

/*
 * Name a port of both contexts. After a restore, several channels may be alike, and each new dump
 * may pair them with other old ports. So name such a channel by its new port number, by which
 * diff_common() finds it in each dump.
 */
static const char *paired_name(const struct pair *p, const struct port *was,
			       const struct port *is, char text[NUMBER_BYTES])
{
	bool now = p->way == RESTORED && port_is_channel(is) && !is->early;
	char name[NUMBER_BYTES];

	snprintf(text, NUMBER_BYTES, "%.40s (%sport %u)", port_name(was, name),
		 now ? "now " : "", now ? is->port : was->port);
	return text;
}

static void diff_port(struct differences *d, const struct pair *p, const struct port *was,
		      const struct port *is)
{
	char name[NUMBER_BYTES], a[NUMBER_BYTES], b[NUMBER_BYTES];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		unsigned int x = fields[i].get(was), y = fields[i].get(is);

		if (x != y)
			differ(d, fields[i].why(p, was, is), text_of(fields[i].names, x, a),
			       text_of(fields[i].names, y, b), "EVTCHN: %s: %s",
			       paired_name(p, was, is, name), fields[i].name);
	}
}

/*
 * Count free 2-level ports that are not masked. Linux masks all free ports. An event of an unmasked
 * port would arrive as soon as a driver binds the port, before the driver is ready.
 */
static unsigned int unmasked_free(const struct context *c, const struct ports *ports)
{
	const struct record *r = context_find(c, DOMAIN_SAVE_CODE_SHARED_INFO, 0);
	const struct page *page = r ? page_of(r) : NULL;
	unsigned int nr = 0;
	size_t next = 0;

	if (!page || ports->abi != DOMAIN_SAVE_EVTCHN_ABI_2L)
		return 0;
	for (unsigned int port = 1; port < page->bitmap * 8; port++) {
		size_t at = sizeof(struct domain_save_shared_info) + page->mask + port / 8;

		while (next < ports->nr && ports->ports[next].port < port)
			next++;
		if (next < ports->nr && ports->ports[next].port == port)
			continue;
		nr += !(r->data[at] >> port % 8 & 1);
	}
	return nr;
}

static void diff_unmasked(struct differences *d, const struct pair *p,
			  const struct ports *was, const struct ports *is)
{
	unsigned int x = unmasked_free(p->was, was), y = unmasked_free(p->is, is);
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (was->abi == is->abi && x != y)
		differ(d, x > y ? "more ports are masked" : NULL, text_of(NULL, x, a),
		       text_of(NULL, y, b), "EVTCHN: free ports that are not masked");
}

/*
 * Report only how many ports of a kind a context has lost or gained. Each new dump may pair other
 * ports, so the unpaired port is not always the same one.
 */
static void diff_count(struct differences *d, const struct port *port)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (!port->nr_was && !port->nr_is)
		return;
	text_of(NULL, port->nr_was, a);
	text_of(NULL, port->nr_is, b);
	if (port->state == DOMAIN_SAVE_EVTCHN_IPI)
		differ(d, NULL, a, b, "EVTCHN: IPIs of vCPU %u", port->vcpu);
	else
		differ(d, NULL, a, b, "EVTCHN: %schannels to domain %u",
		       flag(port, DOMAIN_SAVE_EVTCHN_XEN) ? "Xen's " : "", port->remote);
}

static void diff_unpaired(struct differences *d, const struct pair *p,
			  const struct port *port, bool new)
{
	char name[NUMBER_BYTES], text[NUMBER_BYTES];

	text_of(NULL, port->port, text);
	if (p->way == RESTORED && port_is_one_of_many(port))
		diff_count(d, port);
	else
		differ(d, NULL, new ? "none" : text, new ? text : "none",
		       "EVTCHN: %s (%sport %u)", port_name(port, name), new ? "new " : "",
		       port->port);
}

static bool waits(const struct port *p)
{
	return flag(p, DOMAIN_SAVE_EVTCHN_PENDING) && !flag(p, DOMAIN_SAVE_EVTCHN_MASKED);
}

/*
 * A vCPU takes the event of an unmasked port as soon as it runs. If the event is pending in each
 * new dump, the guest does not get events of this port. Expect more dumps for IPIs, because a vCPU
 * of a busy host has to wait, too: some had the same IPI pending in three dumps in a row, and most
 * have a timer event pending in any dump.
 */
#define LOOKS_CHANNEL 2
#define LOOKS_IPI 8

static bool deaf(const struct pair *p, const struct port *port, unsigned int looks)
{
	if (!waits(port) || !vcpu_online(p->is, port->vcpu))
		return false;
	if (port_is_channel(port) || port->state == DOMAIN_SAVE_EVTCHN_PIRQ)
		return looks >= LOOKS_CHANNEL;
	if (port->state == DOMAIN_SAVE_EVTCHN_VIRQ && port->binding == VIRQ_TIMER)
		return false;
	return looks >= LOOKS_IPI;
}

/*
 * Report a port whose event no vCPU takes. Name it by its new port number, which is the same in
 * each new dump.
 */
static void diff_deaf(struct differences *d, const struct pair *p, const struct port *port)
{
	char name[NUMBER_BYTES];

	if (deaf(p, port, d->looks))
		differ(d, NULL, port->other && waits(port->other) ? "pending" : "none", "pending",
		       "EVTCHN: %s (now port %u): event that is not masked",
		       port_name(port, name), port->port);
}

void diff_ports(struct differences *d, const struct pair *p)
{
	struct ports *was = p->ports_was, *is = p->ports_is;

	ports_match(was, is, p->way);
	for (size_t i = 0; i < was->nr; i++) {
		const struct port *port = &was->ports[i];

		if (port->other)
			diff_port(d, p, port, port->other);
		else
			diff_unpaired(d, p, port, false);
	}
	for (size_t i = 0; i < is->nr; i++) {
		if (!is->ports[i].other)
			diff_unpaired(d, p, &is->ports[i], true);
		diff_deaf(d, p, &is->ports[i]);
	}
	diff_unmasked(d, p, was, is);
}

struct timer {
	uint64_t now, singleshot;
};

static struct timer get_timer(const struct record *r)
{
	return (struct timer){
		get_number(r->data, offsetof(struct domain_save_vcpu_timers, now), 8),
		get_number(r->data, offsetof(struct domain_save_vcpu_timers, singleshot), 8),
	};
}

#define SECOND	1000000000ull
#define SOON	(60 * SECOND)
#define FAR	(3600 * SECOND)

/*
 * Return whether the one-shot timer expires more than @ns from now. Linux sets it to a few seconds
 * at most.
 */
static bool farther(const struct timer *t, uint64_t ns)
{
	return t->singleshot > t->now && t->singleshot - t->now > ns;
}

/*
 * Return whether a restored domain has a timer with an expiry time of the old host. The expiry time
 * is unchanged although the clock of the new host is behind that of the old host. Or the timer,
 * which was to expire within SOON, now expires after more than FAR.
 */
static bool stale(const struct pair *p, const struct record *was, const struct record *is)
{
	struct timer a = get_timer(was), b = get_timer(is);

	if (p->way != RESTORED || !b.singleshot)
		return false;
	return (a.singleshot == b.singleshot && b.now < a.now) ||
	       (!farther(&a, SOON) && farther(&b, FAR));
}

static const char *timer_state(const struct ports *ports, const struct record *r)
{
	if (get_number(r->data, offsetof(struct domain_save_vcpu_timers, singleshot), 8))
		return "armed";
	return ports && timer_pending(ports, r->vcpu) ? "expired" : "stopped";
}

/*
 * Report a timer that is stopped or stale. A timer that has expired is not stopped: when the vCPU
 * runs, it takes the event and arms the timer again.
 */
void diff_timer(struct differences *d, const struct pair *p, const struct record *was,
		const struct record *is)
{
	const char *a = timer_state(p->ports_was, was), *b = timer_state(p->ports_is, is);
	char name[NUMBER_BYTES];

	if (strcmp(a, "stopped") && stale(p, was, is))
		differ(d, why_offline(p), a, "armed for the old host's time", "%s: timer",
		       record_name(was, name));
	else if (strcmp(a, b))
		differ(d, strcmp(b, "stopped") ? "the timer works" : why_offline(p), a, b,
		       "%s: timer", record_name(was, name));
}

static const char *user_of(const struct record *gnttab, uint32_t ref, char text[NUMBER_BYTES])
{
	const struct type *t = type_of(DOMAIN_SAVE_CODE_GNTTAB);

	for (size_t at = t->length; at < gnttab->length; at += t->entry) {
		struct domain_save_gnttab_pin pin;

		memcpy(&pin, gnttab->data + at, sizeof(pin));
		if (pin.ref > ref)
			break;
		if (pin.ref != ref)
			continue;
		snprintf(text, NUMBER_BYTES, "domain %u", pin.domid);
		return text;
	}
	return "nobody";
}

/*
 * The toolstack grants the pages of the console and of xenstore by fixed references. The same
 * domains must use these grants in both contexts.
 */
void diff_pins(struct differences *d, const struct pair *p, const struct record *was,
	       const struct record *is)
{
	static const struct {
		uint32_t ref;
		const char *name;
	} reserved[] = {
		{ GNTTAB_RESERVED_CONSOLE, "console" },
		{ GNTTAB_RESERVED_XENSTORE, "xenstore" },
	};
	char x[NUMBER_BYTES], y[NUMBER_BYTES];

	(void)p;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		const char *a = user_of(was, reserved[i].ref, x);
		const char *b = user_of(is, reserved[i].ref, y);

		if (strcmp(a, b))
			differ(d, NULL, a, b, "GNTTAB: user of the %s's page",
			       reserved[i].name);
	}
}
