// SPDX-License-Identifier: GPL-2.0
/*
 * Save the domain by one call of libxl_domain_suspend(). The call is asynchronous, so that it can
 * be aborted:
 *
 *	reason of an abort			how it is noticed
 *	SIGINT, SIGTERM, SIGHUP			a handler, also while libxl writes to a pipe whose
 *						reader stalls
 *	the guest refuses to suspend		error/suspend in xenstore: libxl would wait for
 *						a minute
 *	another tool requests a suspend		control/shutdown, before our helper has asked
 *	another tool saves the domain		/proc, each LOOK_MS
 *
 * A guest retries if the reason for its refusal can go away. So the save is aborted only after
 * PATIENCE_MS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <libxl_event.h>

#include "main.h"

#define REASON "error/suspend"
#define REQUEST "control/shutdown"

enum {
	PATIENCE_MS = 10000,
	LOOK_MS = 500,
	MOST_FDS = 64,
};

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { NR_ENDS = sizeof(ends) / sizeof(*ends) };

static struct {
	bool done;
	int rc;
	bool aborted;
	double patient_until;	/* 0: no refusal yet */
	struct sigaction before[NR_ENDS];
	volatile sig_atomic_t caught;	/* the signal that was caught, or 0 */
	volatile int stream;	/* descriptor that libxl writes to, or -1 */
	int nowhere;		/* descriptor on which writes fail */
	int wake;		/* descriptor that the handler makes readable */
} save = { .stream = -1 };

/*
 * Handle a signal. A write of libxl blocks while the reader of a pipe stalls, for an HVM domain in
 * the pause. Replace the descriptor, so that the write fails: the kernel restarts an interrupted
 * write with the new descriptor.
 */
static void catch(int sig)
{
	static const uint64_t one = 1;
	int error = errno;

	save.caught = sig;
	if ((save.stream >= 0 && dup2(save.nowhere, save.stream) < 0) ||
	    write(save.wake, &one, sizeof(one)) < 0)
		abort();
	errno = error;
}

/*
 * Catch signals that end the program. A signal that is ignored, for instance because of nohup,
 * stays ignored.
 */
void save_catch_signals(void)
{
	static const struct sigaction act = { .sa_handler = catch, .sa_flags = SA_RESTART };

	save.nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
	save.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (save.nowhere < 0 || save.wake < 0)
		die("cannot catch signals: %s", strerror(errno));
	for (int i = 0; i < NR_ENDS; i++)
		if (!sigaction(ends[i], NULL, &save.before[i]) &&
		    save.before[i].sa_handler != SIG_IGN)
			sigaction(ends[i], &act, NULL);
	/* Ctrl-Z, and output to a terminal in the background, would stop main and the domain. */
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

static void take_signal(void)
{
	if (save.caught)
		give_up(FAILED, "interrupted by signal %d", (int)save.caught);
}

/*
 * Restore the actions of signals. Then check for a signal that arrived after the last check, while
 * the domain was resumed.
 */
void save_restore_signals(void)
{
	for (int i = 0; i < NR_ENDS; i++)
		sigaction(ends[i], &save.before[i], NULL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGTTOU, SIG_DFL);
	take_signal();
}

void save_ignore_signals(void)
{
	for (int i = 0; i < NR_ENDS; i++)
		signal(ends[i], SIG_IGN);
}

static void completed(libxl_ctx *ctx, int rc, void *data)
{
	(void)ctx;
	(void)data;
	save.rc = rc;
	save.done = true;
}

static const libxl_asyncop_how how = { .callback = completed };

static void abort_save(const struct handles *h)
{
	if (!save.aborted && !save.done)
		libxl_ao_abort(h->ctx, &how);
	save.aborted = true;
}

/* Replace bytes that are not printable: the guest writes the reason, and may write any bytes. */
static void printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void look_for_refusal(const struct handles *h)
{
	char reason[REASON_BYTES];

	if (!domain_refusal(h->store, reason))
		return;
	if (!save.patient_until)
		save.patient_until = now_ms() + PATIENCE_MS;
	if (refusal_may_pass(reason) && now_ms() < save.patient_until)
		return;
	printable(reason);
	give_up(REFUSED, "the guest refuses to suspend: %s", reason);
}

static void look_for_others(const struct handles *h)
{
	char *request = domain_read(h->store, REQUEST);

	if (shared->step == COPYING && request && !strcmp(request, "suspend"))
		give_up(FAILED, "another tool (xl save or xl migrate) requested a suspend of this domain");
	free(request);
}

/*
 * Look for saves by other tools until the domain is suspended. In the suspend, the helper looks. A
 * save that begins later waits until the guest, which is resumed first, acknowledges its request.
 * But a save of an HVM guest without PV drivers does not wait: its image can be wrong, and so can
 * ours, unless run() finds that the domain runs.
 */
static void look_for_savers(void)
{
	static double next;

	if (shared->step > ASKED || now_ms() < next)
		return;
	saver_give_up();
	next = now_ms() + LOOK_MS;
}

static void look(const struct handles *h)
{
	char **event;

	while ((event = xs_check_watch(h->store)))
		free(event);
	if (shared->step == ASKED)
		look_for_refusal(h);
	else if (shared->step == COPYING)
		look_for_others(h);
}

static void watch(const struct handles *h)
{
	static const char *const nodes[] = { REASON, REQUEST };
	char path[128];

	domain_refusal(h->store, shared->old_refusal);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		snprintf(path, sizeof(path), "/local/domain/%u/%s", shared->domid, nodes[i]);
		if (!xs_watch(h->store, path, nodes[i]))
			die("cannot watch %s: %s", path, strerror(errno));
	}
}

/*
 * Wait for an event of libxl or xenstore, or for a signal. After a refusal, return early, to check
 * whether PATIENCE_MS is over.
 */
static void wait_once(const struct handles *h)
{
	struct pollfd fds[MOST_FDS + 2];
	int nr = MOST_FDS, timeout = -1, most;
	struct timeval now;

	gettimeofday(&now, NULL);
	if (libxl_osevent_beforepoll(h->ctx, &nr, fds, &timeout, now))
		die("libxl has more than %d descriptors", MOST_FDS);
	fds[nr] = (struct pollfd){ .fd = save.wake, .events = POLLIN };
	fds[nr + 1] = (struct pollfd){ .fd = xs_fileno(h->store), .events = POLLIN };
	most = save.patient_until ? 200 : LOOK_MS;
	if (timeout < 0 || timeout > most)
		timeout = most;
	if (poll(fds, nr + 2, timeout) < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
	gettimeofday(&now, NULL);
	libxl_osevent_afterpoll(h->ctx, nr, fds, now);
	take_signal();
	if (fds[nr + 1].revents || save.patient_until)
		look(h);
	look_for_savers();
}

bool save_run(const struct handles *h, int fd)
{
	int rc;

	setenv("LIBXL_SAVE_HELPER", "/proc/self/exe", 1);
	watch(h);
	look(h);
	if (shared->status)
		return false;
	save.stream = fd;
	rc = libxl_domain_suspend(h->ctx, shared->domid, fd, LIBXL_SUSPEND_LIVE, &how);
	if (rc)
		completed(h->ctx, rc, NULL);
	while (!save.done) {
		wait_once(h);
		if (shared->status)
			abort_save(h);
	}
	/* From here on, a signal cannot damage the image. */
	save.stream = -1;
	take_signal();
	return !save.rc && !shared->status;
}
