// SPDX-License-Identifier: GPL-2.0
/*
 * The save helper. LIBXL_SAVE_HELPER lets libxl start it in place of libxl's own helper, with the
 * same arguments. This helper adds:
 *
 *	a policy	for the end of the copying, helper-policy.c
 *	an early resume	of PV and PVH domains, when libxenguest has written the last vCPU.
 *			The END record, the end of log-dirty mode, the unmapping and the exit of
 *			this process come after it.
 *	--at-pause	from the moment of the suspend until the resume
 *	a clean end	when a write gets EPIPE, or main dies: libxl's own helper leaves log-dirty
 *			mode on and the domain suspended
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xentoollog.h>

#include "checkpoint.h"

/* Positions of the arguments that libxl gives to its helper. */
enum { MODE = 1, IO_FD, RECV_FD, DOMID, FLAGS, CALLBACKS, STREAM_TYPE, WORDS };

static xc_interface *xen;
static struct xs_handle *store;

static volatile sig_atomic_t too_long;

static void terminate(int sig)
{
	(void)sig;
	stream_break();
}

/*
 * SIGALRM: the copy in the pause has exceeded --max-pause. Pages that do not fit in memory are
 * written to the output in the pause, and its reader may stall.
 */
static void expire(int sig)
{
	(void)sig;
	too_long = 1;
	stream_break();
}

/* Limit the copy in the pause to @ms. 0: no limit. */
static void limit_pause(double ms)
{
	struct itimerval timer = { .it_value = { .tv_sec = ms / 1e3 } };

	timer.it_value.tv_usec = (ms - timer.it_value.tv_sec * 1e3) * 1e3;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void report_limit(void)
{
	if (too_long)
		give_up(TOO_LONG, "the copy of %lu pages in the pause took longer than --max-pause %.0f",
			shared->left, shared->max_pause_ms);
}

void helper_resume(void)
{
	static bool resuming;
	int failed;

	/*
	 * If the domain is gone or runs, xc_domain_resume() logs an error, and log_text() calls
	 * this function again.
	 */
	if (shared->step != SUSPENDED || resuming)
		return;
	command_kill();
	if (shared->kind == HVM || shared->theirs)
		return;
	/* If the resume fails, main tries again when libxl has finished. */
	resuming = true;
	failed = xc_domain_resume(xen, shared->domid, 1);
	resuming = false;
	if (failed)
		return;
	shared->at[AT_RESUMED] = now_ms();
	/*
	 * Notify xenstored: otherwise it sends no event at the next suspend. If the helper is
	 * killed before this, settle() does it.
	 */
	xs_resume_domain(store, shared->domid);
	shared->step = RESUMED;
}

/*
 * Resume the domain at once after an error. It need not wait for libxenguest's error path, which
 * switches log-dirty mode off.
 */
static void fail_early(void)
{
	if (shared->step != SUSPENDED)
		return;
	report_limit();
	stream_break();
	helper_resume();
}

static void log_text(struct xentoollog_logger *logger, xentoollog_level level, int error,
		     const char *context, const char *fmt, va_list args)
{
	char text[1024];

	(void)logger;
	vsnprintf(text, sizeof(text), fmt, args);
	message_log(level, error, context, text);
	if (level >= XTL_ERROR)
		fail_early();
}

/*
 * Return whether another tool has begun to save the domain since ask(). A live save still copies,
 * and needs a domain that runs. Another save copies in this suspend, and must resume the domain.
 */
static bool is_taken(void)
{
	struct saver other;

	if (!saver_find_new(&other))
		return false;
	shared->theirs = !other.live;
	give_up(FAILED, other.live ? "another tool saves this domain: process %d" :
				     "another tool saves this domain, and must resume it: process %d",
		(int)other.pid);
	return true;
}

static void suspended(void)
{
	shared->at[AT_SUSPENDED] = now_ms();
	shared->step = SUSPENDED;
	if (is_taken())
		stream_break();
	else
		command_start();
	limit_pause(shared->max_pause_ms);
}

/* libxenguest has written all pages and vCPUs: resume the domain. Only the END record follows. */
static void copied(void)
{
	shared->at[AT_COPIED] = now_ms();
	limit_pause(0);
	report_limit();
	if (!command_wait())
		stream_break();
	helper_resume();
	stream_release();
}

/* The reports of libxenguest that something begins, and their handlers. */
static const struct {
	const char *what;
	void (*handle)(void);
} beginnings[] = {
	{ "Domain now suspended", suspended },
	{ "End of stream", copied },
};

static void progress(struct xentoollog_logger *logger, const char *context, const char *what,
		     int percent, unsigned long done, unsigned long total)
{
	(void)logger;
	(void)percent;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (!total && !strcmp(what, beginnings[i].what))
			beginnings[i].handle();
	message_progress(context, what, done, total);
}

static void destroy(struct xentoollog_logger *logger)
{
	(void)logger;
}

static int ask(void *data)
{
	(void)data;
	policy_round_ended();
	saver_give_up();
	/*
	 * If main has aborted the save, leave the step at COPYING: the domain has not been asked to
	 * suspend.
	 */
	if (shared->status)
		return 0;
	shared->at[AT_ASKED] = now_ms();
	shared->step = ASKED;
	return message_suspend();
}

static int decide(struct precopy_stats stats, void *data)
{
	(void)data;
	return policy_next(stats.iteration, stats.dirty_count);
}

static void take_signals(void)
{
	struct sigaction term = { .sa_handler = terminate };
	struct sigaction alarm = { .sa_handler = expire };
	sigset_t none;

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	sigemptyset(&none);
	/* Main handles Ctrl-C, and ends the helper by libxl. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* Return 0 if the domain can be saved now, or an errno. */
static int may_begin(void)
{
	if (!xen || !store) {
		give_up(FAILED, "the helper has no access to Xen: %s", strerror(errno));
		return EIO;
	}
	/* libxenguest would assume that a domain that is paused at the start is suspended. */
	if (domain_is_paused(xen)) {
		give_up(FAILED, PAUSED);
		return EBUSY;
	}
	return 0;
}

int helper_main(int argc, char **argv)
{
	static xentoollog_logger logger = { log_text, progress, destroy };
	struct save_callbacks callbacks = {
		.suspend = ask,
		.precopy_policy = decide,
		.switch_qemu_logdirty = message_qemu_log_dirty,
	};
	int result, error;

	if (argc != WORDS || strcmp(argv[MODE], "--save-domain"))
		die("--save-domain: only libxl uses this option, with %d arguments", WORDS - 2);
	shared_attach();
	stream_open(atoi(argv[IO_FD]));
	take_signals();
	shared->helper = getpid();
	shared->at[AT_START] = now_ms();
	xen = xc_interface_open(&logger, &logger, 0);
	store = xs_open(0);
	error = may_begin();
	if (error) {
		message_complete(-1, error);
		return 0;
	}
	result = xc_domain_save(xen, atoi(argv[IO_FD]), shared->domid, strtoul(argv[FLAGS], NULL, 10),
				&callbacks, strtoul(argv[STREAM_TYPE], NULL, 10), -1);
	error = result ? errno : 0;
	shared->at[AT_END] = now_ms();
	command_kill();
	message_complete(result, error);
	return 0;
}
