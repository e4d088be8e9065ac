/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen-checkpoint: save a domain's state to a file while the domain runs. The domain is stopped only
 * while the last pages are copied.
 *
 * Four processes of this program work on one checkpoint:
 *
 *	process		started by	what it does
 *	main		the user	checks, calls libxl, reports, renames the file
 *	guardian	main		waits for main's end; if main was killed, it kills the
 *					helper, resumes the domain and removes the file
 *	helper		libxl, in place	calls libxenguest, which copies the memory; decides when
 *			of its own	to stop the domain, and resumes it
 *	relay		main, if the	checks the passing stream, and withholds the last
 *			image goes to	record of an image that is not sound
 *			a pipe
 *
 * They share a few pages of memory, struct shared. A checkpoint has these steps. The helper writes
 * the step, and settle() in main or in the guardian writes RESUMED:
 *
 *	COPYING		the domain runs, and its pages are copied
 *	ASKED		libxl has asked the domain to suspend itself
 *	SUSPENDED	the domain is suspended, and the last pages are copied
 *	RESUMED		xen-checkpoint has resumed the domain. If it is suspended later, another
 *			tool has requested this, and xen-checkpoint must not resume it
 *
 * If another tool has requested the same suspend, xen-checkpoint does not resume the domain,
 * because the other tool still copies it.
 *
 * The helper never resumes an HVM domain: its device model must continue first, and libxl in main
 * does both.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "../util.h"

enum kind { PV, PVH, HVM };

enum step { COPYING, ASKED, SUSPENDED, RESUMED };

/* Exit statuses. xen-checkpoint.8 has this table. */
enum status {
	DONE,		/* the image is complete, and the domain runs */
	FAILED,		/* there is no image, and the domain runs or is gone */
	USAGE,		/* nothing was done: die() exits with this, too */
	REFUSED,	/* the guest refused to suspend */
	TOO_LONG,	/* the pause would be, or was, longer than --max-pause */
	UNSOUND,	/* the image is not sound: it was removed, or lacks its last record */
	STUCK,		/* the domain could not be resumed: it needs the administrator */
};

/* The moments of a pause, in the order in which they happen. shared.c has their names. */
enum moment {
	AT_START,	/* the helper calls libxenguest */
	AT_ASKED,
	AT_SUSPENDED,	/* libxl has notified the helper that the domain is suspended */
	AT_DIRTY,	/* the helper knows which pages are left */
	AT_COPIED,	/* pages and vCPUs are written */
	AT_COMMAND,	/* the command of --at-pause has ended */
	AT_RESUMED,
	AT_END,		/* libxenguest has cleaned up */
	MOMENTS
};

enum {
	PATH_BYTES = 4096,
	WHY_BYTES = 512,
	REASON_BYTES = 256,	/* of error/suspend: more than a guest of this series writes */
};

/* Memory of all processes of a checkpoint. Main writes it before the helper starts... */
struct shared {
	pid_t main;
	uint32_t domid;
	xen_domain_handle_t uuid;	/* if it differs, another domain has got the id */
	enum kind kind;
	double max_pause_ms;		/* 0: no limit */
	double rate;			/* bytes in a second, or 0 */
	double command_ms;		/* limit of the command of --at-pause */
	char command[PATH_BYTES];	/* the command of --at-pause, or empty */
	char unfinished[PATH_BYTES];	/* name of the temporary file, or empty */
	char file[PATH_BYTES];		/* final name of the image, for the command; or empty */
	char old_refusal[REASON_BYTES];	/* reason for a refusal of an earlier suspend, or empty */
	/*
	 * ... and the helper writes the rest. main or the guardian also writes these members when
	 * it resumes the domain, switches log-dirty mode off or gives up.
	 */
	pid_t helper;
	volatile pid_t command_group;	/* process group of --at-pause, while it may run */
	volatile int step;		/* an enum step */
	volatile bool log_dirty;	/* the mode is on: the helper has switched it on */
	bool theirs;			/* another tool saves the domain in this suspend */
	bool stuck;			/* it cannot be resumed. Main writes it */
	bool withdrawn;			/* libxl has withdrawn the request. Main writes it */
	double at[MOMENTS];		/* CLOCK_MONOTONIC, in ms; 0: not reached */
	unsigned int rounds;		/* rounds of copying while the domain ran */
	unsigned long left;		/* pages that were copied in the pause */
	volatile int status;		/* why it failed: an enum status, and a line for users */
	char why[WHY_BYTES];
};

extern struct shared *shared;

/* shared.c */
extern const char *const moment_names[MOMENTS];
void shared_create(void);		/* called by main; the helper inherits the memory */
void shared_attach(void);		/* called by the helper */
double now_ms(void);
double pause_ms(void);			/* from AT_SUSPENDED to AT_RESUMED, or -1 */
/*
 * Store the status and the reason why the checkpoint fails. Keep only the first reason, because
 * later ones are its consequences.
 */
void give_up(enum status status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* domain.c: the state of the domain in Xen and in xenstore */
#define PAUSED "the domain is paused: run xl unpause first"

enum state { RUNNING, SUSPENDED_STATE, DOWN, GONE };

enum state domain_state(xc_interface *xen);
bool domain_is_paused(xc_interface *xen);
char *domain_read(struct xs_handle *store, const char *node);	/* in the domain's directory */
/* Copy the reason why the guest refuses this suspend. Return false if there is none. */
bool domain_refusal(struct xs_handle *store, char reason[REASON_BYTES]);
bool refusal_may_pass(const char *reason);	/* does the guest retry after it? */
/* Withdraw a request that the guest has not acknowledged. Return false if it has. */
bool domain_withdraw(struct xs_handle *store);

/* others.c: saves of this domain by other tools */
struct saver {
	pid_t pid;
	bool live;	/* it copies while the domain runs; another save begins with a suspend */
};

bool saver_find(struct saver *s);
bool saver_find_new(struct saver *s);	/* look only at processes that are new */
bool saver_give_up(void);		/* if another tool saves the domain */

/* guard.c */
void guard_lock(uint32_t domid);	/* lock the domain, or die() */
void guard_leave(void);			/* drop the guardian's pipe and lock in a child of main */
void guard_end(void);			/* main ends, and the guardian has nothing left to do */

/* at-pause.c: the command that runs while the domain is suspended. The helper starts it. */
void command_start(void);
bool command_wait(void);		/* false: it failed, and give_up() has the reason */
void command_kill(void);		/* also called by main and the guardian */

/* helper.c, helper-policy.c, helper-xen.c, helper-stream.c, helper-message.c */
int helper_main(int argc, char **argv);
void helper_resume(void);
void stream_open(int fd);
void stream_break(void);
bool stream_is_broken(void);
void stream_hold(unsigned long pages);	/* keep in memory, if they fit */
void stream_release(void);
int policy_next(unsigned int iteration, long dirty);
void policy_copies(unsigned int content);
void policy_waited(double ms);		/* the time that a round waited because of --rate */
void policy_round_ended(void);
bool policy_can_stop(unsigned long dirty);
bool message_log(uint32_t level, uint32_t error, const char *context, const char *text);
void message_progress(const char *context, const char *what, unsigned long done,
		      unsigned long total);
int message_suspend(void);
int message_qemu_log_dirty(uint32_t domid, unsigned int enable, void *data);
void message_complete(int result, int error);

/* The context of the helper's log messages that are reports for main. */
#define HELPER_CONTEXT "xen-checkpoint"

#endif
