// SPDX-License-Identifier: GPL-2.0
/*
 * Watch the xenstore nodes that guests write, and read these nodes. A guest is in one of these
 * states:
 *
 *	watched		each event costs budget; dirty nodes are read after all events are
 *			taken from the queue
 *	throttled	the budget was used up: no watches; both nodes are read each IDLE_MS,
 *			until nothing changed for THROTTLED_MS
 *	not listened to	standard output is full: no watches, nothing is read
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suspend-watch.h"

static const char *const nodes[NODES] = {
	[SHUTDOWN] = "control/shutdown", [ERROR] = "error/suspend",
};
static const char *const domains[] = { "@introduceDomain", "@releaseDomain" };

struct xs_handle *store;
static bool listening;

static void path_of(char path[64], unsigned int domid, const char *node)
{
	snprintf(path, 64, "/local/domain/%u/%s", domid, node);
}

/* Read a node of a guest. Return NULL if the node does not exist. Other errors end the process. */
static char *read_node(const struct guest *g, const char *node)
{
	char path[64], *value;

	path_of(path, g->domid, node);
	value = xs_read(store, XBT_NULL, path, NULL);
	if (!value && errno != ENOENT)
		die("cannot read %s in xenstore: %s", path, strerror(errno));
	return value;
}

/*
 * Read the name of a guest again: the toolstack writes the name of a new or restored guest after
 * the guest has its id.
 */
void refresh_name(struct guest *g)
{
	char *name = read_node(g, "name");

	if (name)
		cut_text(g->name, name);
	free(name);
}

/*
 * The number in the token identifies events of earlier watches, which may still be queued. Each
 * time that the output is full, all guests get new numbers. The number has 64 bits, so that it
 * never wraps.
 */
static void token_of(char token[32], enum node node, const struct guest *g)
{
	snprintf(token, 32, "%d.%u.%llu", node, g->domid, (unsigned long long)g->watched);
}

static void watch(struct guest *g)
{
	static uint64_t number;
	char path[64], token[32];

	g->watched = ++number;
	if (!g->oldest)
		g->oldest = g->watched;
	for (enum node node = 0; node < NODES; node++) {
		g->first[node] = true;
		path_of(path, g->domid, nodes[node]);
		token_of(token, node, g);
		if (!xs_watch(store, path, token))
			die("cannot watch %s in xenstore: %s", path, strerror(errno));
	}
}

void unwatch(struct guest *g)
{
	char path[64], token[32];

	for (enum node node = 0; g->watched && node < NODES; node++) {
		path_of(path, g->domid, nodes[node]);
		token_of(token, node, g);
		xs_unwatch(store, path, token);
	}
	g->watched = 0;
}

void store_open(void)
{
	store = xs_open(0);
}

void listen_again(void)
{
	for (size_t i = 0; !listening && i < 2; i++)
		if (!xs_watch(store, domains[i], "@"))
			die("cannot watch %s in xenstore: %s", domains[i], strerror(errno));
	listening = true;
	for (struct guest *g = guests; g; g = g->next)
		if (!g->watched && !g->throttled)
			watch(g);
}

void listen_no_more(void)
{
	for (size_t i = 0; listening && i < 2; i++)
		xs_unwatch(store, domains[i], "@");
	listening = false;
	for (struct guest *g = guests; g; g = g->next)
		unwatch(g);
}

static bool take_budget(struct guest *g)
{
	double now = now_ms();

	g->budget = fmin(g->budget + (now - g->budgeted) / REFILL_MS, BUDGET);
	g->budgeted = now;
	if (g->budget < 1)
		return false;
	g->budget--;
	return true;
}

static void throttle(struct guest *g)
{
	unwatch(g);
	g->polled = g->throttled_since = now_ms();
	g->throttled = g->polled + THROTTLED_MS;
}

/*
 * Mark the node of an event as dirty. Do not read the node here, because the queue would grow
 * meanwhile.
 */
static void note_event(struct guest *g, enum node node, uint64_t number, const char *at)
{
	char path[64];

	if (number == g->watched && g->first[node]) {
		g->first[node] = false;
		g->dirty[node] = true;
		return;
	}
	if (g->throttled || !take_budget(g)) {
		g->left_out++;
		if (!g->throttled)
			throttle(g);
		return;
	}
	/* Ignore events of nodes below the watched node. */
	path_of(path, g->domid, nodes[node]);
	if (strcmp(at, path))
		return;
	g->dirty[node] = true;
	g->news |= node == ERROR;
}

/*
 * Events of an earlier domain with this id may still be queued. They must not cost this domain
 * its budget.
 */
static bool is_of_earlier(const struct guest *g, uint64_t number)
{
	return number < g->oldest;
}

static void note(char **event)
{
	unsigned int node, domid;
	unsigned long long number;
	struct guest *g;

	if (sscanf(event[XS_WATCH_TOKEN], "%u.%u.%llu", &node, &domid, &number) != 3)
		return;
	g = guest_of(domid);
	if (g && node < NODES && !is_of_earlier(g, number))
		note_event(g, node, number, event[XS_WATCH_PATH]);
}

bool drain(void)
{
	char **event = NULL;
	int n;

	for (n = 0; n < DRAIN && (event = xs_check_watch(store)); n++) {
		note(event);
		free(event);
	}
	if (!event && errno != EAGAIN)
		die("xenstored has closed the connection, or more than %d MiB of its events are queued",
		    DATA_BYTES >> 20);
	return n;
}

static bool shutdown_changed(struct guest *g)
{
	char *value = read_node(g, nodes[SHUTDOWN]);
	bool asked = value && !strcmp(value, "suspend");

	free(value);
	if (asked == g->asked)
		return false;
	g->asked = asked;
	if (asked) {
		refresh_name(g);
		g->asked_at = now_ms();
		g->pending = true;
		say(g, "is asked to suspend", -1, NULL);
	} else {
		/* The guest or a toolstack has changed the node: xenstore does not show which. */
		say(g, "is no longer asked to suspend", now_ms() - g->asked_at, NULL);
	}
	return true;
}

static bool error_changed(struct guest *g)
{
	char *value = read_node(g, nodes[ERROR]), reason[TEXT_BYTES];
	bool news;

	cut_text(reason, value ?: "");
	free(value);
	news = g->reason_known && (g->news || strcmp(reason, g->reason));
	strcpy(g->reason, reason);
	g->reason_known = true;
	g->news = false;
	if (news && *reason)
		say(g, "refuses", g->pending ? now_ms() - g->asked_at : -1, reason);
	return news;
}

static void poll_throttled(struct guest *g)
{
	const unsigned long before = blocks;
	double now = now_ms();
	bool changed = shutdown_changed(g);

	if (blocks == before)
		changed |= error_changed(g);
	g->polled = now;
	if (changed)
		g->throttled = now + THROTTLED_MS;
	if (now < g->throttled)
		return;
	g->throttled = 0;
	say_left_out(g);
}

static void serve(struct guest *g)
{
	static bool (*const changed[NODES])(struct guest *g) = {
		[SHUTDOWN] = shutdown_changed, [ERROR] = error_changed,
	};
	const unsigned long before = blocks;

	if (g->throttled) {
		if (now_ms() - g->polled >= IDLE_MS)
			poll_throttled(g);
		return;
	}
	for (enum node node = 0; node < NODES && blocks == before; node++) {
		if (!g->dirty[node])
			continue;
		g->dirty[node] = false;
		changed[node](g);
	}
}

/*
 * Report the changes of all guests. If standard output was full, stop: another domain may have got
 * the id of a guest meanwhile, so the caller must look at the states first. Begin behind the guest
 * that was served last. Otherwise a guest with many lines could keep others waiting.
 */
void serve_guests(void)
{
	static unsigned long last;
	const unsigned long before = blocks;
	struct guest *end = guest_of(last), *g = end;

	while (guests && blocks == before) {
		g = g && g->next ? g->next : guests;
		serve(g);
		last = g->domid;
		if (g == end || (!end && !g->next))
			break;
	}
}

double serve_next(void)
{
	double next = INFINITY;

	for (struct guest *g = guests; g; g = g->next)
		if (g->throttled)
			next = fmin(next, g->polled + IDLE_MS);
	return next;
}
