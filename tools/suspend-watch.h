/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspend-watch: report how guests handle requests to suspend.
 *
 * A guest may write control/shutdown and error/suspend, and all below them, as often as it
 * likes. Nothing that suspend-watch does or keeps may grow with that:
 *
 *	what			bound for a guest; a guest that reboots keeps its budget
 *	events in our queue	BUDGET, and those of one xs_unwatch(), since the watches of a
 *				guest that used its budget up are removed: it is throttled
 *	reads of xenstore	one for an event, and one more for the name: BUDGET events at once and
 *				one in REFILL_MS after that; throttled, both nodes each IDLE_MS
 *	lines			at most one for each read, if the value has changed
 *	bytes of a line		LINE_BYTES
 *	memory			struct guest; after the guest is gone, its budget
 *
 * and for all guests together:
 *
 *	looks at all domains	one in POLL_MS, with DOMAINS domains in each hypercall; and one for
 *				each line that has to wait until the output has room
 *	each time that nobody	one line, but at most one in IDLE_MS; and 6 calls to xenstored for
 *	reads the output	each guest: remove its two watches, set both again, and read both
 *				nodes
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
	POLL_MS = 10,		/* while a domain is suspended, */
	POLL_FOR_MS = 10000,	/* which most are not for long */
	IDLE_MS = 1000,
	BUDGET = 50,		/* events of a guest: a suspend has two to four */
	REFILL_MS = 200,	/* for one more */
	THROTTLED_MS = BUDGET * REFILL_MS,
	DRAIN = 10000,		/* events, before we look at states again */
	DOMAINS = 1024,		/* in a hypercall: libxl's number */
	TEXT_BYTES = 256,	/* of a reason or a name, as printed: a reason of ours has 120 */
	LINE_BYTES = 2 * TEXT_BYTES + 256,
	DATA_BYTES = 64 << 20,	/* ten thousand guests need a tenth of it */
};

/* The nodes of a guest that are watched. */
enum node { SHUTDOWN, ERROR, NODES };

struct guest {
	struct guest *next;
	unsigned int domid;
	xen_domain_handle_t handle;	/* tells domains with the same id apart */
	char name[TEXT_BYTES];
	bool seen;		/* in this look at all domains */
	bool asked;		/* by what is in control/shutdown */
	bool pending;		/* asked, and not suspended yet */
	bool suspended;
	double asked_at, suspended_at;	/* when that was noticed */
	char reason[TEXT_BYTES];	/* what error/suspend was, */
	bool reason_known;		/* if it was read */

	uint64_t watched;	/* the number in the tokens of its watches, or 0 */
	uint64_t oldest;	/* the number of its first watches, or 0 */
	bool first[NODES];	/* true until the first event of a watch, which is no news */
	bool dirty[NODES];	/* to be read */
	bool news;		/* error/suspend was written, maybe with the same text */
	double budget;		/* events that it may cause, */
	double budgeted;	/* as of then */
	double throttled;	/* until then, or 0, */
	double throttled_since;
	double polled;		/* when a throttled guest was read */
	unsigned long left_out;	/* events that had no budget */
};

/* suspend-watch.c */
double now_ms(void);

/* suspend-watch-output.c: once, before the first line */
void open_output(void);

/* suspend-watch-say.c: lines on standard output */
extern bool json;
extern unsigned long blocks;	/* how often standard output was full */
/* @ms since the request or the suspend, or -1; @reason or NULL. */
void say(const struct guest *g, const char *event, double ms, const char *reason);
void say_left_out(struct guest *g);
void say_not_looked(void);	/* if standard output was full since the last time */
/* Copy what fits of a text of xenstore, and mark what does not. */
void cut_text(char out[TEXT_BYTES], const char *text);

/* suspend-watch-guest.c */
extern struct guest *guests;
struct guest *guest_of(unsigned long domid);
bool look_around(xc_interface *xen);	/* at the states of all domains */

/* suspend-watch-store.c */
extern struct xs_handle *store;
void store_open(void);
void listen_again(void);	/* to all guests that are not throttled */
void listen_no_more(void);	/* to any */
void unwatch(struct guest *g);
bool drain(void);		/* was there an event? */
void serve_guests(void);
double serve_next(void);	/* when a guest is to be read, if there are no events */
void refresh_name(struct guest *g);

#endif
