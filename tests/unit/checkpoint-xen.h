/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An emulated host for checkpoint-test: one domain, its xenstore, and the libraries of Xen 4.17.
 * All processes share the state of the host, struct world, which is a file. Variables of the
 * environment control the emulation:
 *
 *	FAKE_WORLD	the file with struct world
 *	FAKE_DOMID	the id of the domain
 *	FAKE_KIND	pv, pvh or hvm
 *	FAKE_STREAM	a directory with the parts of a stream: head, start, body, end, tail
 *	FAKE_DIRTY	the numbers of dirty pages, in the order in which they are read
 *	FAKE_PAGE_US	the time to copy a page
 *	FAKE_HOLES	so many holes for each page that has content
 *	FAKE_GUEST	how the guest responds to a request. By default, it suspends. paused: it
 *			is paused; refuse; slow: it suspends late; deaf: it does not acknowledge;
 *			unseen: libxl cannot read its state; vanish: the domain is gone; lost: it
 *			cannot be resumed; retry: it acknowledges, refuses, and suspends after
 *			FAKE_LATE reads of its state
 *	FAKE_STUCK	so many times the guest cannot be resumed
 *	FAKE_LATE	0: the guest does not suspend at all
 *	FAKE_SPEED	how fast the clock is
 *	FAKE_SUSPEND_US	the time that the guest takes to suspend
 *	FAKE_REASON	text that the guest writes to error/suspend when it refuses
 *	FAKE_AT		ACTION:POINT, an action when the save reaches a point: kill-main, kill-self,
 *			interrupt, quit, stop, pause, foreign (another tool requests a suspend), off
 *			(another tool switches log-dirty mode off), resume (another tool resumes the
 *			domain), migrate, save or fail.
 *			kill-main:resuming: when libxl begins to resume the domain
 *	FAKE_TAIL_US	the time from the end of the helper to libxl's last records
 *	FAKE_RC		result of libxl after a save that succeeded
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

/* The state of the emulated host. checkpoint-test reads fields at fixed offsets. */
struct world {
	volatile int state;
	volatile int log_dirty;
	volatile int resumes;
	volatile int restored;		/* resumes that look like a restore to the guest */
	volatile int peeks;
	volatile int cleans;
	volatile int told_xenstore;	/* calls of xs_resume_domain() */
	volatile int late;		/* the guest suspends after so many reads of its state */
	char request[64];
	volatile int tries;
	volatile int offs;		/* how often log-dirty mode was switched off */
	volatile int old_types;		/* 1 if types of pages were over a second old when used */
	char reason[2048];
	uint8_t uuid[16];
	volatile int paused;
	volatile int killed;		/* emulated libxl has killed the main process */
};

struct world *world(void);
const char *script(const char *name, const char *otherwise);
void start_saver(const char *flags);
bool script_is(const char *name, const char *value);

#endif
