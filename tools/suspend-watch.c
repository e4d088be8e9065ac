// SPDX-License-Identifier: GPL-2.0
/*
 * suspend-watch [-j]: say what becomes of requests that guests suspend
 * themselves, as it happens. For dom0.
 *
 * xl and other toolstacks wait a minute or longer for a guest that cannot; why it
 * cannot, it says in error/suspend at once.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenstore.h>
#include <xentoollog.h>

static const char usage[] =
	"usage: suspend-watch [-j]\n"
	"Say what becomes of requests that guests suspend themselves, as it happens.\n"
	"Run it in dom0, as root; it goes on until it is interrupted.\n"
	"  -j  JSON, an object a line\n";

enum {
	POLL_MS = 10,		/* while a domain is suspended, */
	POLL_FOR_MS = 10000,	/* which most are not for long */
	IDLE_MS = 1000,
	BURST = 50,		/* events of a guest, and how soon there may be another */
	REFILL_MS = 200,
	AT_ONCE = 100,		/* events, before we look at states again */
};

/* Of a domain, from the time that something is asked of it. */
struct guest {
	struct guest *next;
	unsigned int domid;
	char *name;
	bool seen;		/* in this look at all domains */
	bool asked;		/* by what is in control/shutdown */
	bool pending;		/* asked, and not suspended yet */
	bool suspended;
	bool watched;		/* error/suspend, whose first event is no news */
	double since;		/* when it was asked, or suspended */
	double budget;		/* events that it may cause, */
	double budgeted;	/* as of then */
};

static struct xs_handle *store;
static xc_interface *xen;
static struct guest *guests;
static bool json;

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("suspend-watch: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* xenstore's values are a guest's, and may be anything. */
static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f;
}

static void put_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (!is_plain(*text))
			printf("\\u%04x", (unsigned char)*text);
		else if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_plain(const char *text)
{
	for (; *text; text++)
		putchar(is_plain(*text) ? *text : '?');
}

/* Nor may it fill a disk with what we say. */
static bool may_say(struct guest *g)
{
	double now = now_ms();

	g->budget += (now - g->budgeted) / REFILL_MS;
	if (g->budget > BURST)
		g->budget = BURST;
	g->budgeted = now;
	if (g->budget < 1)
		return false;
	g->budget--;
	return true;
}

/* One event: @ms since the request or the suspend, or -1; @reason or NULL. */
static void say(struct guest *g, const char *event, double ms,
		const char *reason)
{
	struct timespec t;
	char date[32];

	if (!may_say(g))
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	strftime(date, sizeof(date), "%FT%T", gmtime(&t.tv_sec));
	if (json) {
		printf("{\"time\":\"%s.%03ldZ\",\"domid\":%u,\"name\":", date,
		       t.tv_nsec / 1000000, g->domid);
		put_quoted(g->name);
		printf(",\"event\":\"%s\"", event);
		if (ms >= 0)
			printf(",\"ms\":%.1f", ms);
		if (reason) {
			printf(",\"reason\":");
			put_quoted(reason);
		}
		puts("}");
	} else {
		printf("%s.%03ldZ ", date, t.tv_nsec / 1000000);
		put_plain(g->name);
		printf("(%u) %s", g->domid, event);
		if (ms >= 0)
			printf(" after %.1f ms", ms);
		if (reason) {
			printf(": ");
			put_plain(reason);
		}
		putchar('\n');
	}
	if (!fflush(stdout) && !ferror(stdout))
		return;
	if (errno == EPIPE)
		exit(0);
	die("cannot write: %s", strerror(errno));
}

static char *read_node(unsigned int domid, const char *node)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, node);
	return xs_read(store, XBT_NULL, path, NULL);
}

static void watch(unsigned int domid, const char *node)
{
	char path[64], token[16];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, node);
	snprintf(token, sizeof(token), "%c%u", *node, domid);
	if (!xs_watch(store, path, token))
		die("cannot watch %s in xenstore: %s", path, strerror(errno));
}

static void unwatch(unsigned int domid, const char *node)
{
	char path[64], token[16];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, node);
	snprintf(token, sizeof(token), "%c%u", *node, domid);
	xs_unwatch(store, path, token);
}

static struct guest *find(unsigned int domid)
{
	struct guest *g;

	for (g = guests; g; g = g->next)
		if (g->domid == domid)
			return g;
	return NULL;
}

static void add(unsigned int domid)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (!g)
		die("out of memory");
	g->domid = domid;
	g->name = read_node(domid, "name") ?: strdup("?");
	g->budget = BURST;
	g->budgeted = now_ms();
	g->next = guests;
	guests = g;
	watch(domid, "control/shutdown");
	watch(domid, "error/suspend");
}

static void drop(struct guest *g)
{
	struct guest **p = &guests;

	if (g->asked || g->suspended)
		say(g, "is gone", now_ms() - g->since, NULL);
	unwatch(g->domid, "control/shutdown");
	unwatch(g->domid, "error/suspend");
	while (*p != g)
		p = &(*p)->next;
	*p = g->next;
	free(g->name);
	free(g);
}

/* A guest that is restored, or made, gets its name a little later than its id. */
static void refresh_name(struct guest *g)
{
	char *name = read_node(g->domid, "name");

	if (name) {
		free(g->name);
		g->name = name;
	}
}

static void look_at_state(struct guest *g, uint32_t flags)
{
	bool suspended = (flags & XEN_DOMINF_shutdown) &&
			 (flags >> XEN_DOMINF_shutdownshift &
			  XEN_DOMINF_shutdownmask) == SHUTDOWN_suspend;

	if (suspended == g->suspended)
		return;
	refresh_name(g);
	if (suspended)
		say(g, "suspended", g->pending ? now_ms() - g->since : -1, NULL);
	else
		say(g, "goes on", now_ms() - g->since, NULL);
	g->suspended = suspended;
	g->pending = false;
	g->since = now_ms();
}

/* Which domains there are, and in which state. */
static void look_around(void)
{
	xc_domaininfo_t info;
	struct guest *g, *next;
	unsigned int domid = 1;
	int got;

	for (g = guests; g; g = g->next)
		g->seen = false;
	while ((got = xc_domain_getinfolist(xen, domid, 1, &info)) == 1) {
		domid = info.domain + 1;
		g = find(info.domain);
		if (!g) {
			add(info.domain);
			g = guests;
		}
		g->seen = true;
		look_at_state(g, info.flags);
	}
	if (got < 0)
		die("Xen does not say which domains there are: %s", strerror(errno));
	for (g = guests; g; g = next) {
		next = g->next;
		if (!g->seen)
			drop(g);
	}
}

static void shutdown_changed(struct guest *g)
{
	char *value = read_node(g->domid, "control/shutdown");
	bool asked = value && !strcmp(value, "suspend");

	free(value);
	if (asked == g->asked)
		return;
	g->asked = asked;
	if (asked) {
		refresh_name(g);
		g->since = now_ms();
		g->pending = true;
		say(g, "is asked to suspend", -1, NULL);
	} else {
		/* By the guest, or whoever took it back: xenstore does not say. */
		say(g, "is not asked any more", now_ms() - g->since, NULL);
	}
}

static void error_changed(struct guest *g)
{
	char *reason;

	if (!g->watched) {
		g->watched = true;
		return;
	}
	reason = read_node(g->domid, "error/suspend");
	if (reason && *reason)
		say(g, "refuses", g->pending ? now_ms() - g->since : -1, reason);
	free(reason);
}

static void handle(const char *token)
{
	struct guest *g;

	if (*token == '@') {
		look_around();
		return;
	}
	g = find(strtoul(token + 1, NULL, 10));
	if (g && *token == 'c')
		shutdown_changed(g);
	else if (g)
		error_changed(g);
}

/* Nobody tells that a domain goes on, nor that xenstored is gone. */
static int poll_ms(void)
{
	struct guest *g;

	for (g = guests; g; g = g->next)
		if (g->suspended && now_ms() - g->since < POLL_FOR_MS)
			return POLL_MS;
	return IDLE_MS;
}

static void run(void)
{
	for (;;) {
		struct pollfd event = { .fd = xs_fileno(store), .events = POLLIN };
		char **watched = NULL;
		int n;

		if (poll(&event, 1, poll_ms()) < 0)
			die("poll: %s", strerror(errno));
		for (n = 0; n < AT_ONCE && (watched = xs_check_watch(store)); n++) {
			handle(watched[XS_WATCH_TOKEN]);
			free(watched);
		}
		if (!watched && errno != EAGAIN)
			die("xenstored is gone");
		look_around();
	}
}

/* By default the library has a line of its own about what we say better. */
static xc_interface *open_xen(void)
{
	xentoollog_logger_stdiostream *quiet =
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);

	return xc_interface_open((xentoollog_logger *)quiet, NULL, 0);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "j")) != -1) {
		if (option != 'j') {
			fputs(usage, stderr);
			return 2;
		}
		json = true;
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	store = xs_open(0);
	xen = open_xen();
	if (!store || !xen)
		die("no access to Xen: run it in dom0, as root");
	if (!xs_watch(store, "@introduceDomain", "@") ||
	    !xs_watch(store, "@releaseDomain", "@"))
		die("xenstored: %s", strerror(errno));
	look_around();
	run();
}
