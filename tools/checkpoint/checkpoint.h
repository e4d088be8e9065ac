/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen-checkpoint: save a domain's state to a file while the domain runs, and stop it only
 * for the last pages.
 *
 * Four processes of this program work on one checkpoint:
 *
 *	process		started by	what it does
 *	main		the user	checks, calls libxl, reports, renames the file
 *	guardian	main		waits for main's end; if main was killed, it kills the
 *					helper, resumes the domain and removes the file
 *	helper		libxl, in place	calls libxenguest, which copies the memory; decides when
 *			of its own	to stop the domain, and resumes it
 *	relay		main, if the	checks the stream on its way, and withholds the last
 *			image goes to	record of an image that is not sound
 *			a pipe
 *
 * They share a few pages of memory, struct shared. The steps of a checkpoint, which only
 * the helper writes:
 *
 *	COPYING		the domain runs, and its pages are copied
 *	ASKED		libxl has asked the domain to suspend itself
 *	SUSPENDED	the domain is suspended, and the last pages are copied
 *	RESUMED		the helper has resumed the domain: a suspend that is seen after this is
 *			somebody else's, and must be left alone
 *
 * If another tool has requested the same suspend, nobody here resumes the domain, because the other
 * tool still copies it.
 *
 * For an HVM domain the helper never resumes: its device model must continue first, and
 * libxl in main does both.
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
	TOO_LONG,	/* the pause would be longer than --max-pause */
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
	xen_domain_handle_t uuid;	/* if it differs, Xen has reused the id for another domain */
	enum kind kind;
	double max_pause_ms;		/* 0: no limit */
	double rate;			/* bytes in a second, or 0 */
	double command_ms;		/* the limit of the command */
	char command[PATH_BYTES];	/* --at-pause, or empty */
	char unfinished[PATH_BYTES];	/* the file that is to be renamed, or empty */
	char file[PATH_BYTES];		/* what it is renamed to, for the command; or empty */
	char old_refusal[REASON_BYTES];	/* the guest's reason in an earlier suspend, or empty */
	/* ... and the helper writes the rest, and whoever resumes the domain or switches log-dirty mode off. */
	pid_t helper;
	volatile pid_t command_group;	/* of --at-pause, while it may run */
	volatile int step;		/* enum step */
	volatile bool log_dirty;	/* the helper has switched it on, and not off */
	bool theirs;			/* another tool saves the domain in this suspend */
	bool stuck;			/* the domain cannot be resumed, and needs its image. Main writes it */
	bool withdrawn;			/* by libxl: the guest has not acknowledged in time. Main writes it */
	double at[MOMENTS];		/* CLOCK_MONOTONIC, in ms; 0: not reached */
	unsigned int rounds;		/* in which pages were copied while the domain ran */
	unsigned long left;		/* pages that were copied in the pause */
	volatile int status;		/* why it gave up: an enum status, and a line for users */
	char why[WHY_BYTES];
};

extern struct shared *shared;

/* shared.c */
extern const char *const moment_names[MOMENTS];
void shared_create(void);		/* main; the helper inherits it */
void shared_attach(void);		/* the helper */
double now_ms(void);
double pause_ms(void);			/* from AT_SUSPENDED to AT_RESUMED, or -1 */
/* Keep the first reason only: those that follow are its consequences. */
void give_up(enum status status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* domain.c: what Xen and xenstore know about the domain */
#define PAUSED "the domain is paused: run xl unpause first"

enum state { RUNNING, SUSPENDED_STATE, DOWN, GONE };

enum state domain_state(xc_interface *xen);
bool domain_is_paused(xc_interface *xen);
char *domain_read(struct xs_handle *store, const char *node);	/* below its directory */
/* Copy the reason why the guest refuses this suspend. Return false if there is none. */
bool domain_refusal(struct xs_handle *store, char reason[REASON_BYTES]);
bool refusal_may_pass(const char *reason);	/* the guest then retries */
/* Take back a request that the guest has not acknowledged. Return false if it has. */
bool domain_withdraw(struct xs_handle *store);

/* others.c: saves of this domain by other tools */
struct saver {
	pid_t pid;
	bool live;	/* it copies first. Another one requests a suspend when it starts */
};

bool saver_find(struct saver *s);
bool saver_find_new(struct saver *s);	/* only those that have begun since; quick */
bool saver_give_up(void);		/* if there is one */

/* guard.c */
void guard_lock(uint32_t domid);	/* or die() */
void guard_leave(void);			/* in a child of main */
void guard_end(void);			/* main has done all that the guardian is for */

/* at-pause.c: the command that runs while the domain is suspended. The helper starts it. */
void command_start(void);
bool command_wait(void);		/* false: it failed, and give_up() has the reason */
void command_kill(void);		/* also for main and the guardian */

/* helper.c, helper-policy.c, helper-xen.c, helper-stream.c, helper-message.c */
int helper_main(int argc, char **argv);
void helper_resume(void);
void stream_open(int fd);
void stream_break(void);
bool stream_is_broken(void);
void stream_hold(unsigned long pages);	/* until stream_release(), if they fit */
void stream_release(void);
int policy_next(unsigned int iteration, long dirty);
void policy_copies(unsigned int content);
void policy_waited(double ms);		/* because of --rate */
void policy_round_ended(void);
bool policy_can_stop(unsigned long dirty);
bool message_log(uint32_t level, uint32_t error, const char *context, const char *text);
void message_progress(const char *context, const char *what, unsigned long done,
		      unsigned long total);
int message_suspend(void);
int message_qemu_log_dirty(uint32_t domid, unsigned int enable, void *data);
void message_complete(int result, int error);

/* Lines of the helper for main, which come by libxl's log. */
#define HELPER_CONTEXT "xen-checkpoint"

#endif
