// SPDX-License-Identifier: GPL-2.0
/*
 * meter [-e] [-n TIMES] [-p MS] DOMID: suspend and resume a domain TIMES times, without writing an
 * image.
 *
 * Run this in dom0. meter requests a suspend by control/shutdown in xenstore or, with -e, by the
 * suspend event channel of the domain. It waits for events, because polling would use the pCPU that
 * xenstored or the domain needs. For each suspend it prints a line, in cycles of the TSC:
 *
 *	ASKED	SUSPENDED
 *
 * ASKED is the time before the request. SUSPENDED is the time when meter has noticed that the
 * domain is suspended. meter then resumes the domain at once.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenguest.h>
#include <xenstore.h>

/* libxl waits for a suspend as long. */
#define PATIENCE_MS 60000

static struct xs_handle *store;
static xc_interface *xen;
static xenevtchn_handle *channels;
static uint32_t domid;
static char node[64];

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("meter: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static bool is_suspended(void)
{
	xc_dominfo_t info;

	if (xc_domain_getinfo(xen, domid, 1, &info) != 1 || info.domid != domid)
		die("domain %u does not exist any more", domid);
	return info.shutdown && info.shutdown_reason == SHUTDOWN_suspend;
}

static void wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, PATIENCE_MS);

	if (n < 0)
		die("poll: %s", strerror(errno));
	if (!n)
		die("domain %u does not suspend", domid);
}

/* A way to request a suspend, and to wait until the domain is suspended. */
struct way {
	void (*prepare)(void);
	void (*ask)(void);
	void (*wait)(void);
	void (*after)(void);
};

static void store_prepare(void)
{
	if (!xs_watch(store, "@releaseDomain", ""))
		die("cannot watch @releaseDomain: %s", strerror(errno));
}

static void store_ask(void)
{
	if (!xs_write(store, XBT_NULL, node, "suspend", strlen("suspend")))
		die("cannot write to %s: %s", node, strerror(errno));
}

static void store_wait(void)
{
	while (!is_suspended()) {
		wait_for(xs_fileno(store));
		free(xs_check_watch(store));
	}
}

/* Notify xenstored that the domain runs. Otherwise xenstored sends no event at the next suspend. */
static void store_after(void)
{
	if (!xs_resume_domain(store, domid))
		die("xenstored does not accept that domain %u continues", domid);
}

static evtchn_port_t here;

static void channel_prepare(void)
{
	char path[80], *text;
	unsigned long there;
	int port;

	snprintf(path, sizeof(path), "/local/domain/%u/device/suspend/event-channel", domid);
	text = xs_read(store, XBT_NULL, path, NULL);
	there = text ? strtoul(text, NULL, 10) : 0;
	free(text);
	if (!there)
		die("domain %u offers no event channel: is xen_suspend.event_channel=1 on its command line?",
		    domid);
	channels = xenevtchn_open(NULL, 0);
	port = channels ? xenevtchn_bind_interdomain(channels, domid, there) : -1;
	if (port < 0)
		die("cannot bind port %lu of domain %u: %s", there, domid, strerror(errno));
	here = port;
	if (xc_domain_subscribe_for_suspend(xen, domid, there))
		die("cannot subscribe to suspends of domain %u: %s", domid, strerror(errno));
}

static void channel_ask(void)
{
	if (xenevtchn_notify(channels, here))
		die("cannot notify domain %u: %s", domid, strerror(errno));
}

static void channel_wait(void)
{
	while (!is_suspended()) {
		int port;

		wait_for(xenevtchn_fd(channels));
		port = xenevtchn_pending(channels);
		if (port < 0 || xenevtchn_unmask(channels, port))
			die("event channel: %s", strerror(errno));
	}
}

static void channel_after(void)
{
}

static const struct way by_store = { store_prepare, store_ask, store_wait, store_after };
static const struct way by_channel = { channel_prepare, channel_ask, channel_wait, channel_after };

static void once(const struct way *way)
{
	uint64_t asked = __rdtsc(), suspended;

	way->ask();
	way->wait();
	suspended = __rdtsc();
	if (xc_domain_resume(xen, domid, 1))
		die("domain %u cannot be resumed: %s", domid, strerror(errno));
	way->after();
	printf("%lu\t%lu\n", asked, suspended);
}

static unsigned long number(const char *text, unsigned long max, const char *what)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || n > max)
		die("%s: not %s", text, what);
	return n;
}

int main(int argc, char **argv)
{
	const struct way *way = &by_store;
	unsigned long times = 1, pause_ms = 100;
	int option;

	while ((option = getopt(argc, argv, "en:p:")) != -1)
		switch (option) {
		case 'e':
			way = &by_channel;
			break;
		case 'n':
			times = number(optarg, 1000000, "a number of times");
			break;
		case 'p':
			pause_ms = number(optarg, 60000, "a number of milliseconds");
			break;
		default:
			return 2;
		}
	if (optind + 1 != argc)
		die("usage: meter [-e] [-n TIMES] [-p MS] DOMID");
	domid = number(argv[optind], DOMID_FIRST_RESERVED - 1, "the domain id of a guest");
	if (!domid)
		die("0: not the domain id of a guest");
	snprintf(node, sizeof(node), "/local/domain/%u/control/shutdown", domid);

	store = xs_open(0);
	xen = xc_interface_open(NULL, NULL, 0);
	if (!store || !xen)
		die("no access to Xen: is this dom0, and are you root?");
	way->prepare();
	while (times--) {
		once(way);
		fflush(stdout);
		usleep(pause_ms * 1000);
	}
	return 0;
}
