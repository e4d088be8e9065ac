/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspend-watch: report how guests handle requests to suspend.
 *
 * A guest may write control/shutdown and error/suspend, and all nodes below them, as often as it
 * likes. The work and the memory of suspend-watch must not grow with these writes. These are the
 * bounds:
 *
 *	resource		bound for a guest; a guest that reboots keeps its budget
 *	events in our queue	BUDGET, and those that arrive during one xs_unwatch(). A guest
 *				that has used up its budget is throttled: its watches are removed
 *	reads of xenstore	one for an event, and one more for the name: BUDGET events at once
 *				and one in REFILL_MS after that; throttled, both nodes each IDLE_MS
 *	lines			at most one for each read, if the value has changed
 *	bytes of a line		LINE_BYTES
 *	memory			struct guest; after the guest is gone, its budget
 *
 * and for all guests together:
 *
 *	looks at all domains	one in POLL_MS, with DOMAINS domains in each hypercall; and one for
 *				each line that has to wait until the output has room
 *	each time that no	one line, but at most one in IDLE_MS; and 6 calls to xenstored for
 *	program reads the	each guest: remove its two watches, set both again, and read both
 *	output			nodes
 *	memory			DATA_BYTES, by RLIMIT_DATA: the process ends rather than take
 *				more
 *
 * This program does not bound the work of xenstored for the writes of a guest. While this
 * process is stopped, libxenstore's thread may queue events, up to DATA_BYTES.
 */
#ifndef SUSPEND_WATCH_H
#define SUSPEND_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "util.h"

enum {
	POLL_MS = 10,		/* time between two looks while a domain is suspended, */
	POLL_FOR_MS = 10000,	/* but only for so long: most suspends are short */
	IDLE_MS = 1000,
	BUDGET = 50,		/* events of a guest at once; a suspend causes two to four */
	REFILL_MS = 200,	/* time in which the budget of a guest grows by one event */
	THROTTLED_MS = BUDGET * REFILL_MS,
	DRAIN = 10000,		/* events to take before states are looked at again */
	DOMAINS = 1024,		/* domains in a hypercall, as in libxl */
	TEXT_BYTES = 256,	/* of a printed reason or name; our guests' reasons have 120 */
	LINE_BYTES = 2 * TEXT_BYTES + 256,
	DATA_BYTES = 64 << 20,	/* limit of memory; ten thousand guests need a tenth of it */
};

/* The nodes of a guest that are watched. */
enum node { SHUTDOWN, ERROR, NODES };

struct guest {
	struct guest *next;
	unsigned int domid;
	xen_domain_handle_t handle;	/* distinguishes domains with the same id */
	char name[TEXT_BYTES];
	bool seen;		/* found in the current look at all domains */
	bool asked;		/* control/shutdown contains "suspend" */
	bool pending;		/* asked, and not suspended since */
	bool suspended;
	double asked_at, suspended_at;	/* when this was noticed */
	char reason[TEXT_BYTES];	/* the last value of error/suspend, */
	bool reason_known;		/* if it was ever read */

	uint64_t watched;	/* the number in the tokens of its watches, or 0 */
	uint64_t oldest;	/* the number of its first watches, or 0 */
	bool first[NODES];	/* true until the first event of a watch, which reports no change */
	bool dirty[NODES];	/* the node must be read */
	bool news;		/* error/suspend was written, maybe with the same text */
	double budget;		/* events that it may cause, */
	double budgeted;	/* as of this time */
	double throttled;	/* until this time, or 0, */
	double throttled_since;
	double polled;		/* when its nodes were read while it was throttled */
	unsigned long left_out;	/* events without budget, which no line has reported */
};

/* suspend-watch.c */
double now_ms(void);

/* suspend-watch-output.c: call this once, before the first line */
void open_output(void);

/* suspend-watch-say.c: lines on standard output */
extern bool json;
extern unsigned long blocks;	/* how often standard output was full */
/* Print an event. @ms is the time since the request or the suspend, or -1. @reason may be NULL. */
void say(const struct guest *g, const char *event, double ms, const char *reason);
void say_left_out(struct guest *g);
void say_not_looked(void);	/* if standard output was full since the last call */
/* Copy a text of xenstore. If it is too long, cut it, and append "...". */
void cut_text(char out[TEXT_BYTES], const char *text);

/* suspend-watch-guest.c */
extern struct guest *guests;
struct guest *guest_of(unsigned long domid);
bool look_around(xc_interface *xen);	/* look at the states of all domains */

/* suspend-watch-store.c */
extern struct xs_handle *store;
void store_open(void);
void listen_again(void);	/* watch all guests that are not throttled */
void listen_no_more(void);	/* remove all watches */
void unwatch(struct guest *g);
bool drain(void);		/* take events from the queue; true: there was one */
void serve_guests(void);
double serve_next(void);	/* when the next throttled guest must be read */
void refresh_name(struct guest *g);

#endif
