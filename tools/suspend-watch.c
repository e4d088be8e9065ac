// SPDX-License-Identifier: GPL-2.0
/*
 * suspend-watch [-j]: in dom0, report at once how guests handle requests to suspend.
 *
 * xl and other toolstacks wait a minute or longer for a guest that cannot suspend. The guest
 * writes the reason to error/suspend at once.
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <xentoollog.h>

#include "suspend-watch.h"

const char program[] = "suspend-watch";

static const char usage[] =
	"usage: suspend-watch [-j]\n"
	"Report how guests handle requests to suspend, at once.\n"
	"Run it in dom0, as root. It runs until it is interrupted.\n"
	"  -j  print JSON, one object per line\n"
	"Xen reports \"suspended\", \"continues\" and \"destroyed\". The other events come from nodes\n"
	"of xenstore that the guest can write: it can forge \"is asked to suspend\", \"is no longer\n"
	"asked to suspend\" and \"refuses\". A guest that writes too often is looked at once a second,\n"
	"and a line reports how many of its events were left out. Reasons are cut at 255 bytes.\n"
	"While nobody reads the output, no guest is looked at. A line reports for how long.\n";

static xc_interface *xen;
static double looked;		/* when the states of all domains were read last */

double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/*
 * Return when to look at all domains next. No event reports that a domain was resumed, or that
 * xenstored has died.
 */
static double look_next(bool events)
{
	if (events)
		return looked + POLL_MS;
	for (struct guest *g = guests; g; g = g->next)
		if (g->suspended && now_ms() - g->suspended_at < POLL_FOR_MS)
			return looked + POLL_MS;
	return looked + IDLE_MS;
}

/*
 * Look at all domains, until a look is complete without a wait for a reader. Such a wait removes
 * the watches until listen_again(), so no events fill the queue during repeated looks.
 */
static void look(void)
{
	do
		looked = now_ms();
	while (!look_around(xen));
}

static void run(void)
{
	bool events = false;

	for (;;) {
		struct pollfd event = { .fd = xs_fileno(store), .events = POLLIN };
		double next = fmin(look_next(events), serve_next());

		/* EINTR: this process was stopped, and continued. */
		if (poll(&event, 1, fmax(ceil(next - now_ms()), 0)) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		events |= drain();
		/*
		 * Look at the domains before nodes are read: the event may be of a new domain that
		 * has got the id of a guest.
		 */
		if (now_ms() >= look_next(events)) {
			look();
			events = false;
		}
		serve_guests();
		say_not_looked();
		listen_again();
	}
}

/* Suppress the error messages of libxenctrl: this program prints better ones. */
static xc_interface *open_xen(void)
{
	xentoollog_logger_stdiostream *quiet =
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);

	return xc_interface_open((xentoollog_logger *)quiet, NULL, 0);
}

int main(int argc, char **argv)
{
	struct rlimit limit = { DATA_BYTES, DATA_BYTES };
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
	if (setrlimit(RLIMIT_DATA, &limit))
		die("cannot limit the memory of this process: %s", strerror(errno));
	open_output();
	store_open();
	xen = open_xen();
	if (!store || !xen)
		die("no access to Xen: run suspend-watch in dom0, as root");
	look();
	listen_again();
	run();
}
