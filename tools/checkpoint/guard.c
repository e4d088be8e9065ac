// SPDX-License-Identifier: GPL-2.0
/*
 * The guardian cleans up if main is killed. It has a session of its own and ignores signals, so
 * that a signal to main's terminal or process group does not end the guardian. It reads a pipe.
 * Only main holds the write end:
 *
 *	a byte		main has settled everything: exit
 *	end of file	main was killed, or leaves a request that may still be served
 *
 * The guardian holds the lock of the domain until it exits. If the guardian is killed as well, the
 * lock is free, and no process cleans up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <libxl_event.h>

#include "main.h"

enum { HELPER_MS = 10000 };	/* time for libxenguest's error path, before the helper is killed */

static int lock_fd = -1, pipe_end = -1;
static pid_t guardian;

/*
 * Lock the domain. The file is in a directory of root, where libxl has its locks, so other users
 * cannot plant it.
 */
void guard_lock(uint32_t domid)
{
	const char *dir = getenv("XEN_CHECKPOINT_RUN") ?: "/var/run/xen";
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/checkpoint-%u.lock", dir, domid);
	lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock_fd < 0)
		die("%s: %s", path, strerror(errno));
	if (flock(lock_fd, LOCK_EX | LOCK_NB))
		die("another checkpoint of domain %u runs, or still waits for the guest to suspend", domid);
}

/*
 * Return whether this process is the helper. If the helper has ended, another process may have its
 * id.
 */
static bool is_helper(pid_t pid)
{
	struct stat own, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return !stat(path, &theirs) && !stat("/proc/self/exe", &own) &&
	       own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
}

/*
 * End the helper. It gets SIGTERM when main dies, but may not end. It is not the guardian's child,
 * so use a pidfd.
 */
static void end_helper(void)
{
	int fd = shared->helper ? pidfd_open(shared->helper, 0) : -1;
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return;
	if (is_helper(shared->helper)) {
		pidfd_send_signal(fd, SIGTERM, NULL, 0);
		if (!poll(&end, 1, HELPER_MS)) {
			pidfd_send_signal(fd, SIGKILL, NULL, 0);
			poll(&end, 1, HELPER_MS);
		}
	}
	close(fd);
}

/*
 * Log that the domain is suspended. If main was killed before it renamed the image, log the name of
 * the temporary file.
 */
static void log_suspended(const char *what, const char *why)
{
	bool kept = *shared->unfinished && !access(shared->unfinished, F_OK);

	syslog(LOG_ERR, "domain %u %s: %s: see status 6 in xen-checkpoint(8)%s%s", shared->domid, what,
	       why, kept ? ". If xen-checkpoint --check accepts it, the image is " : "",
	       kept ? shared->unfinished : "");
}

static void __attribute__((noreturn)) log_fatal(const char *line)
{
	log_suspended("may be suspended", line);
	_exit(1);
}

static void remove_unfinished(void)
{
	if (*shared->unfinished)
		unlink(shared->unfinished);
}

static void clean_up(void)
{
	struct handles h;

	end_helper();
	/*
	 * In these steps the image is not complete. Remove it now, because the guardian may wait
	 * for minutes. In later steps, the image may be all that is left of a domain that cannot be
	 * resumed.
	 */
	if (shared->step <= ASKED)
		remove_unfinished();
	handles_open(&h, log_create(false));
	switch (settle_late(&h)) {
	case SETTLED:
		remove_unfinished();
		break;
	case MAY_SUSPEND:
		syslog(LOG_WARNING, "domain %u has acknowledged the request to suspend, and may still suspend. There is no new image: if xl list shows the state s, see status 6 in xen-checkpoint(8)",
		       shared->domid);
		break;
	case NOT_RESUMED:
		log_suspended("is suspended", "it cannot be resumed");
		break;
	}
	if (shared->log_dirty)
		syslog(LOG_WARNING, "log-dirty mode of domain %u cannot be switched off",
		       shared->domid);
}

static void wait_for_main(int end)
{
	char done;
	ssize_t n;

	do
		n = read(end, &done, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		clean_up();
}

/*
 * Close all descriptors except the lock and the pipe. Otherwise a reader of main's output would
 * wait until the guardian ends.
 */
static int keep_only(int end)
{
	enum { LOCK = 3, END };
	int null = open("/dev/null", O_RDWR);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	/* Move both above END first: otherwise the first dup2() may close the other descriptor. */
	lock_fd = fcntl(lock_fd, F_DUPFD, END + 1);
	end = fcntl(end, F_DUPFD, END + 1);
	dup2(lock_fd, LOCK);
	dup2(end, END);
	close_range(END + 1, ~0U, 0);
	return END;
}

void guard_start(const struct handles *h)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		die("cannot make a pipe: %s", strerror(errno));
	guardian = fork();
	if (guardian < 0)
		die("cannot start the guardian: %s", strerror(errno));
	if (guardian) {
		close(ends[0]);
		pipe_end = ends[1];
		return;
	}
	close(ends[1]);
	libxl_postfork_child_noexec(h->ctx);
	on_die = log_fatal;
	setsid();
	for (int sig = 1; sig < SIGRTMIN; sig++)
		if (sig != SIGCHLD)
			signal(sig, SIG_IGN);
	prctl(PR_SET_NAME, "checkpoint-guard");
	openlog(program, 0, LOG_DAEMON);
	wait_for_main(keep_only(ends[0]));
	_exit(0);
}

void guard_leave(void)
{
	close(pipe_end);
	close(lock_fd);
}

void guard_end(void)
{
	if (write(pipe_end, "d", 1) == 1)
		waitpid(guardian, NULL, 0);
}
