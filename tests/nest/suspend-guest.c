// SPDX-License-Identifier: GPL-2.0
/*
 * suspend-guest [-a MS] [-s MS] DOMID: make a domain suspend itself, and resume it.
 * suspend-guest -r DOMID: resume a domain if it is suspended.
 *
 * For dom0. The protocol is that of libxl, with other timeouts. -a: wait so long for the
 * acknowledgment, and then withdraw the request. -s: wait so long for the suspend. The
 * program prints how long each took. The exit status is 1 if the guest did not acknowledge
 * the request, 3 if it acknowledged but did not suspend, and 2 after any other error.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xenstore.h>

enum { UNACKNOWLEDGED = 1, TROUBLE, NOT_SUSPENDED };

static struct xs_handle *store;
static xc_interface *xen;
static unsigned int domid;
static char node[64];

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("suspend-guest: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(TROUBLE);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static bool is_asked(xs_transaction_t t)
{
	char *value = xs_read(store, t, node, NULL);
	bool asked;

	if (!value)
		die("%s", node);
	asked = !strcmp(value, "suspend");
	free(value);
	return asked;
}

static bool is_suspended(void)
{
	xc_dominfo_t info;

	if (xc_domain_getinfo(xen, domid, 1, &info) != 1 || info.domid != domid)
		die("domain %u", domid);
	return info.shutdown && info.shutdown_reason == SHUTDOWN_suspend;
}

/* Wait until done() is true, for MS at most. A xenstore watch wakes this up before 100 ms pass. */
static bool wait_for(bool (*done)(void), double ms)
{
	double end = now_ms() + ms;

	while (!done()) {
		struct pollfd watch = { .fd = xs_fileno(store), .events = POLLIN };
		double left = end - now_ms();

		if (left <= 0)
			return false;
		if (poll(&watch, 1, left < 100 ? left + 1 : 100) < 0)
			die("poll");
		free(xs_check_watch(store));
	}
	return true;
}

static bool is_acknowledged(void)
{
	return !is_asked(XBT_NULL);
}

/* Withdraw the request. Return false if the guest has acknowledged it already. */
static bool take_back(void)
{
	bool asked;

	for (;;) {
		xs_transaction_t t = xs_transaction_start(store);

		asked = is_asked(t);
		if (asked && !xs_write(store, t, node, "", 0))
			die("%s", node);
		if (xs_transaction_end(store, t, false))
			return asked;
		if (errno != EAGAIN)
			die("%s", node);
	}
}

static void resume(double start)
{
	if (xc_domain_resume(xen, domid, 1))
		die("domain %u cannot be resumed", domid);
	/* Otherwise xenstored does not report the next suspend of this domain. */
	if (!xs_resume_domain(store, domid))
		die("xenstored");
	printf("resumed %.1f\n", now_ms() - start);
}

static double option_ms(const char *text)
{
	char *end;
	double ms = strtod(text, &end);

	if (*end || end == text || !(ms >= 0 && ms < 1e9)) {
		fprintf(stderr, "suspend-guest: %s: not a number of milliseconds\n", text);
		exit(TROUBLE);
	}
	return ms;
}

static unsigned int domid_of(const char *text)
{
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	/* Domain 0 runs this program. */
	if (*end || end == text || !id || id >= DOMID_FIRST_RESERVED) {
		fprintf(stderr, "suspend-guest: %s: not the domain id of a guest\n", text);
		exit(TROUBLE);
	}
	return id;
}

int main(int argc, char **argv)
{
	double ack_ms = 60000, suspend_ms = 60000, start;
	bool only_resume = false;
	int option;

	while ((option = getopt(argc, argv, "a:rs:")) != -1)
		switch (option) {
		case 'a':
			ack_ms = option_ms(optarg);
			break;
		case 'r':
			only_resume = true;
			break;
		case 's':
			suspend_ms = option_ms(optarg);
			break;
		default:
			return TROUBLE;
		}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: suspend-guest [-a MS] [-s MS] DOMID | suspend-guest -r DOMID\n");
		return TROUBLE;
	}
	domid = domid_of(argv[optind]);
	snprintf(node, sizeof(node), "/local/domain/%u/control/shutdown", domid);

	store = xs_open(0);
	xen = xc_interface_open(NULL, NULL, 0);
	if (!store || !xen || !xs_watch(store, node, "") ||
	    !xs_watch(store, "@releaseDomain", ""))
		die("no access to Xen");

	start = now_ms();
	if (only_resume) {
		if (is_suspended())
			resume(start);
		return 0;
	}
	if (!xs_write(store, XBT_NULL, node, "suspend", strlen("suspend")))
		die("%s", node);
	if (!wait_for(is_acknowledged, ack_ms) && take_back()) {
		printf("not acknowledged, request withdrawn\n");
		return UNACKNOWLEDGED;
	}
	printf("acknowledged %.1f\n", now_ms() - start);
	if (!wait_for(is_suspended, suspend_ms)) {
		printf("not suspended\n");
		return NOT_SUSPENDED;
	}
	printf("suspended %.1f\n", now_ms() - start);
	resume(start);
	return 0;
}
