/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A made-up host for checkpoint-test: one domain, its xenstore, and libraries that act as Xen
 * 4.17's do. All processes share the world, which is a file. The script is in the environment:
 *
 *	FAKE_WORLD	the file
 *	FAKE_DOMID	the id of the domain
 *	FAKE_KIND	pv, pvh or hvm
 *	FAKE_STREAM	a directory with the parts of a stream: head, body, end, tail
 *	FAKE_DIRTY	the numbers of dirty pages, in the order in which they are asked for
 *	FAKE_PAGE_US	the time of a page
 *	FAKE_HOLES	so many holes for each page that has content
 *	FAKE_GUEST	what the guest does when it is asked to suspend: nothing special unless
 *			given; refuse, slow, vanish, lost (it cannot be resumed),
 *			retry (it acknowledges, refuses, and suspends when FAKE_LATE looks are over)
 *	FAKE_STUCK	so many times the guest cannot be resumed
 *	FAKE_LATE	0: the guest gives up silently instead
 *	FAKE_SPEED	how fast the clock is
 *	FAKE_SUSPEND_US	the time that it takes to suspend
 *	FAKE_REASON	what it writes to error/suspend when it refuses
 *	FAKE_AT		ACTION:POINT, where the helper does something: kill-main, kill-self,
 *			interrupt, quit, stop, foreign, off (another tool switches log-dirty mode off),
 *			resume (another tool resumes the domain), migrate, save or fail.
 *			kill-main:resuming: when libxl begins to resume the domain
 *	FAKE_TAIL_US	the time from the end of the helper to libxl's last records
 *	FAKE_RC		what libxl returns in spite of success
 *	FAKE_SHADOW	0: no log-dirty mode for PV
 *	FAKE_FILE_HOLES	0: files have no holes
 *	FAKE_OFF	fails: log-dirty mode cannot be switched off
 *	FAKE_FSYNC	fails: with EIO; dir: only for a directory; interrupt, kill: a signal
 *	FAKE_PCI	1: the domain has a PCI device
 *	FAKE_DISK	w: the domain has a writable disk
 */
#ifndef CHECKPOINT_XEN_H
#define CHECKPOINT_XEN_H

#include <stdbool.h>
#include <stdint.h>

enum { WORLD_RUNS, WORLD_SUSPENDED, WORLD_GONE };

/* checkpoint-test reads the numbers by their place. */
struct world {
	volatile int state;
	volatile int log_dirty;
	volatile int resumes;
	volatile int restored;		/* resumed as one that is restored */
	volatile int peeks;
	volatile int cleans;
	volatile int told_xenstore;	/* xs_resume_domain() */
	volatile int late;		/* the guest suspends when this many looks are over */
	char request[64];
	volatile int tries;
	volatile int offs;		/* of log-dirty mode, by anyone */
	volatile int old_types;		/* types of pages were more than a second old when used */
	char reason[2048];
	uint8_t uuid[16];
	volatile int paused;
	volatile int killed;		/* main, by libxl */
};

struct world *world(void);
const char *script(const char *name, const char *otherwise);
void start_saver(const char *flags);
bool script_is(const char *name, const char *value);

#endif
