// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz suspend-watch in an emulated world. The input controls this world: guests write nodes,
 * domains come and go, also while the output is full, and xenstored sends events with any token and
 * path.
 *
 * An input is steps of one byte, each followed by arguments of one byte. The numbers of watches,
 * reads and lines must stay within the bounds of suspend-watch.h. Each line must be printable,
 * whole, and not too long. Each line about a domain must be true of this domain. To check this, the
 * name of a domain contains its handle, and no handle is used twice.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "store.h"

#define WATCHES_MOST	(2 * DOMAINS_MOST + 2)
#define QUEUE_MOST	512
#define STEPS_MOST	40	/* more steps would only take longer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs, reported;
double now;
static const uint8_t *input, *input_end;

/* The domain with the id INDEX + 1. If the handle is 0, there is no such domain. */
static struct { uint8_t handle; bool suspended; char *value[NODES]; } domain[DOMAINS_MOST];
static struct { char path[64], token[32]; } watch[WATCHES_MOST];
static struct { char *path, *token; } queue[QUEUE_MOST];
unsigned int nr_watches;
static unsigned int first, last;
static unsigned int fired[DOMAINS_MOST];	/* events since the last round, or a new watch */
bool ever_suspended[256], was_late;
static uint8_t handle;			/* handle of the newest domain */
/* Counts since the input began: what suspend-watch did, and changes that allow it to do more. */
static unsigned long reads, charged, watches_set, domains_made, states_changed;

/* Report to tests/fuzz/run how many inputs made suspend-watch print a line. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", reported, inputs);
}

double now_ms(void) { return now; }

uint8_t next(void)
{
	return input < input_end ? *input++ : 0;
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	abort();
}

void *grow(void *old, size_t nr, size_t size)
{
	void *new = reallocarray(old, nr, size);

	MUST(new);
	return new;
}

/* --- Emulated xenstore and Xen */

static void fire(const char *path, const char *token)
{
	if (last == QUEUE_MOST)
		return;
	queue[last].path = strdup(path);
	queue[last++].token = strdup(token);
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return (struct xs_handle *)queue;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	unsigned int id;

	(void)h;
	for (unsigned int i = 0; i < nr_watches; i++)
		MUST(strcmp(watch[i].path, path));
	MUST(nr_watches < WATCHES_MOST && strlen(path) < 64 && strlen(token) < 32);
	strcpy(watch[nr_watches].path, path);
	strcpy(watch[nr_watches++].token, token);
	watches_set++;
	if (sscanf(path, "/local/domain/%u/", &id) == 1 && id <= DOMAINS_MOST)
		fired[id - 1] = 0;
	fire(path, token);
	return true;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	(void)h;
	for (unsigned int i = 0; i < nr_watches; i++) {
		if (strcmp(watch[i].path, path) || strcmp(watch[i].token, token))
			continue;
		watch[i] = watch[--nr_watches];
		return true;
	}
	die("a watch is removed that is not there: %s", path);
}

char **xs_check_watch(struct xs_handle *h)
{
	char **event;

	(void)h;
	errno = EAGAIN;
	if (first == last)
		return NULL;
	event = malloc(2 * sizeof(*event) + strlen(queue[first].path) + strlen(queue[first].token) + 2);
	MUST(event);
	event[XS_WATCH_PATH] = strcpy((char *)(event + 2), queue[first].path);
	event[XS_WATCH_TOKEN] = strcpy(event[XS_WATCH_PATH] + strlen(queue[first].path) + 1,
				       queue[first].token);
	free(queue[first].path);
	free(queue[first++].token);
	return event;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	unsigned int id;
	int at = 0;

	(void)h, (void)t, (void)len;
	reads++;
	MUST(sscanf(path, "/local/domain/%u/%n", &id, &at) == 1 && at && id && id <= DOMAINS_MOST);
	path += at;
	errno = ENOENT;
	if (!strcmp(path, "name")) {
		char name[8];

		snprintf(name, sizeof(name), "d%u", domain[id - 1].handle);
		return domain[id - 1].handle ? strdup(name) : NULL;
	}
	if (!strcmp(path, "control/shutdown"))
		path = domain[id - 1].value[SHUTDOWN];
	else if (!strcmp(path, "error/suspend"))
		path = domain[id - 1].value[ERROR];
	else
		abort();
	return path ? strdup(path) : NULL;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t id, unsigned int most, xc_domaininfo_t *info)
{
	int n = 0;

	MUST(!xch && most >= DOMAINS_MOST);
	for (; id && id <= DOMAINS_MOST; id++) {
		if (!domain[id - 1].handle)
			continue;
		info[n] = (xc_domaininfo_t){ .domain = id };
		memset(info[n].handle, domain[id - 1].handle, sizeof(info[n].handle));
		if (domain[id - 1].suspended)
			info[n].flags = XEN_DOMINF_shutdown |
					SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
		n++;
	}
	return n;
}

bool is_there(unsigned int id, unsigned int of)
{
	MUST(id && id <= DOMAINS_MOST);
	return domain[id - 1].handle == of;
}

/* --- Steps of an input */

static void changed(unsigned int id, const char *node)
{
	char path[128];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", id + 1, node);
	charged++;
	for (unsigned int i = 0; i < nr_watches; i++) {
		size_t len = strlen(watch[i].path);

		if (strncmp(path, watch[i].path, len) || (path[len] && path[len] != '/'))
			continue;
		fired[id] += last < QUEUE_MOST;
		fire(path, watch[i].token);
	}
}

static void text(char *to, size_t room)
{
	size_t len = next() % room;

	for (size_t i = 0; i < len; i++)
		to[i] = next();
	to[len] = '\0';
}

static void write_node(unsigned int id, enum node node, const char *value)
{
	free(domain[id].value[node]);
	domain[id].value[node] = value ? strdup(value) : NULL;
	changed(id, node == SHUTDOWN ? "control/shutdown" : "error/suspend");
}

/* Check that a guest is throttled if it caused more events in this round than its budget allows. */
static void check_throttled(void)
{
	for (unsigned int i = 0; i < DOMAINS_MOST; i++) {
		const struct guest *g = guest_of(i + 1);

		MUST(!g || g->throttled || fired[i] <= BUDGET + NODES);
		fired[i] = 0;
	}
}

/* Run one round of the main loop of suspend-watch. */
static void run_once(void)
{
	const bool late = next() & 1;

	was_late |= late;
	drain();
	check_throttled();
	while (!late && !look_around(NULL))
		;
	serve_guests();
	say_not_looked();
	listen_again();
	MUST(nr_watches <= WATCHES_MOST && line_is_whole());
}

void change_world(uint8_t what)
{
	const unsigned int id = what >> 4 & 3 ? (what >> 4 & 3) - 1 : 0;
	unsigned int node;
	uint64_t number;
	char a[256], b[256];

	switch (what & 15) {
	case 0:
		now += next() * 10;
		break;
	case 1:
		MUST(handle < 255);
		domain[id].handle = ++handle;
		domain[id].suspended = false;
		domains_made++;
		break;
	case 2:
		domain[id].handle = 0;
		for (enum node node = 0; node < NODES; node++)
			write_node(id, node, NULL);
		break;
	case 3:
		write_node(id, SHUTDOWN, what & 64 ? "suspend" : "");
		break;
	case 4:
		text(a, sizeof(a));
		write_node(id, ERROR, a);
		break;
	case 5:
		for (unsigned int n = next() % 100; n; n--)
			changed(id, what & 64 ? "error/suspend/below" : "control/shutdown");
		break;
	case 6:
		domain[id].suspended = !domain[id].suspended;
		ever_suspended[domain[id].handle] |= domain[id].suspended;
		states_changed++;
		break;
	case 8:	/* An event with any path and token. */
		text(a, sizeof(a));
		text(b, sizeof(b));
		fire(a, b);
		charged++;
		break;
	case 9:	/* An event with the token of a possible watch of a guest, and any path. */
		node = next() & 3;
		number = next();
		number |= (uint64_t)next() << 56;
		snprintf(a, sizeof(a), "%u.%u.%llu", node, id + 1, (unsigned long long)number);
		text(b, sizeof(b));
		fire(b, a);
		charged++;
		break;
	}
}

static void step(void)
{
	const uint8_t what = next();

	switch (what & 15) {
	case 0 ... 6: case 8: case 9:
		change_world(what);
		break;
	case 7:
		full_ms = next();
		break;
	case 10:
		part = next();
		break;
	case 11:
		again = next() & 3;
		break;
	case 12:
		full_ms = next();
		full_steps = next() & 3;
		break;
	default:
		run_once();
	}
}

static void start(void)
{
	now += 1e6;
	full_ms = full_steps = part = again = handle = 0;
	was_late = false;
	memset(ever_suspended, 0, sizeof(ever_suspended));
	reads = lines = charged = watches_set = domains_made = states_changed = 0;
	listen_again();
}

/* Remove all domains, watches and events, so that the next input begins with an empty world. */
static void clear(void)
{
	for (unsigned int i = 0; i < DOMAINS_MOST; i++) {
		domain[i].handle = 0;
		domain[i].suspended = false;
		for (enum node node = 0; node < NODES; node++) {
			free(domain[i].value[node]);
			domain[i].value[node] = NULL;
		}
	}
	full_ms = full_steps = again = 0;
	look_around(NULL);
	listen_no_more();
	MUST(!guests && !nr_watches);
	for (; first != last; first++) {
		free(queue[first].path);
		free(queue[first].token);
	}
	first = last = 0;
	say_not_looked();
}

/*
 * Check the numbers of reads and lines. suspend-watch looks at a node after an event that costs
 * budget, after the first event of a watch, and from time to time if a guest is throttled.
 */
static void check_bounds(double ms)
{
	double budget = domains_made * BUDGET + DOMAINS_MOST * ms / REFILL_MS;
	double events = charged < budget ? charged : budget;
	double throttled = DOMAINS_MOST * (ms / IDLE_MS + 1) * NODES;
	double looks = events + watches_set + throttled;

	MUST(reads <= 2 * looks + domains_made + states_changed * 2);
	/*
	 * Lines are states, "destroyed" and "left out". Each line that had to wait may be preceded by
	 * "not looked at", hence the factor 2.
	 */
	MUST(lines <= 2 * (looks + 2 * states_changed + 2 * domains_made + throttled) + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double began;

	inputs++;
	if (!size)
		return 0;
	json = data[0] & 1;
	store_open();
	start();
	began = now;
	input = data + 1;
	input_end = data + size;
	for (unsigned int n = 0; n < STEPS_MOST && input < input_end; n++)
		step();
	check_bounds(now - began);
	reported += !!lines;
	clear();
	return 0;
}
