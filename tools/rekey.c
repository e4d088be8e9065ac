// SPDX-License-Identifier: GPL-2.0
/*
 * rekey COMMAND [ARGUMENT]...: run COMMAND at once, and whenever this Xen guest was
 * restored, with XEN_GENERATION and XEN_ID in its environment, until it succeeds.  An
 * example: of one image there may be two guests, and then what a daemon keeps secret in
 * its memory exists twice.
 *
 *	rekey systemctl try-reload-or-restart my-daemon
 *
 * That there is one COMMAND more than restores makes it harmless to start this late, or
 * again.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AGAIN_MS = 1000, CANNOT_EXECUTE = 127 };

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s: this kernel does not tell of restores", path);
	return fd;
}

/* From the start, each time: that has poll() wait for the change after this value. */
static void get(int fd, char *value, size_t size)
{
	ssize_t n = pread(fd, value, size - 1, 0);

	if (n <= 0)
		err(1, "cannot read what tells of restores");
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
}

/* Did it succeed? What cannot be executed is nothing to try again. */
static bool run(char **command)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		execvp(command[0], command);
		warn("%s", command[0]);
		_exit(CANNOT_EXECUTE);
	}
	if (pid < 0)
		warn("fork");
	else if (waitpid(pid, &status, 0) < 0)
		err(1, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_EXECUTE)
		exit(CANNOT_EXECUTE);
	return status == 0;
}

int main(int argc, char **argv)
{
	char known[24], now[24], id[40];
	struct pollfd p = { .events = POLLPRI };
	bool due = true, failed = false;
	int id_fd;

	if (argc < 2 || argv[1][0] == '-')
		errx(2, "usage: rekey COMMAND [ARGUMENT]...");
	signal(SIGCHLD, SIG_DFL);
	p.fd = open_file("/sys/hypervisor/suspend/generation");
	id_fd = open_file("/sys/hypervisor/suspend/id");
	for (;;) {
		get(p.fd, now, sizeof(now));
		if (due || strcmp(now, known)) {
			strcpy(known, now);
			get(id_fd, id, sizeof(id));
			setenv("XEN_GENERATION", now, 1);
			setenv("XEN_ID", id, 1);
			/* Until it succeeds, another guest may have the key that this one has. */
			due = !run(argv + 1);
			if (due && !failed)
				warnx("%s failed; it is run each second until it succeeds", argv[1]);
			failed = due;
		}
		/* It returns at once if there was a restore since get(). POLLERR is none. */
		if (poll(&p, 1, due ? AGAIN_MS : -1) < 0 && errno != EINTR)
			err(1, "poll");
	}
}
