// SPDX-License-Identifier: GPL-2.0
/*
 * rekey COMMAND [ARGUMENT]...: run COMMAND at the start, and after each restore of this Xen guest,
 * with XEN_GENERATION and XEN_ID in its environment. Repeat COMMAND each second until it succeeds.
 * This protects the secrets in the memory of a daemon: if two guests are restored from one image,
 * both have the same secrets until the daemon makes new ones. An example:
 *
 *	rekey systemctl try-reload-or-restart my-daemon
 *
 * COMMAND also runs at the start, so it is harmless to start rekey late, or to restart it.
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
		err(2, "%s: this kernel does not report restores", path);
	return fd;
}

/* Read the file from offset 0 each time. After this, poll() waits until the value changes again. */
static void get(int fd, char *value, size_t size)
{
	ssize_t n = pread(fd, value, size - 1, 0);

	if (n <= 0)
		err(1, "cannot read the file that reports restores");
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
}

/*
 * Run the command, and return whether it succeeded. Exit if the command cannot be executed, because
 * a retry would fail, too.
 */
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
			/*
			 * Until the command succeeds, another guest may have the same key as this
			 * one.
			 */
			due = !run(argv + 1);
			if (due && !failed)
				warnx("%s failed: rekey repeats it each second until it succeeds", argv[1]);
			failed = due;
		}
		/*
		 * If the guest was restored since get(), poll() returns at once. sysfs then also
		 * reports POLLERR, which is no error.
		 */
		if (poll(&p, 1, due ? AGAIN_MS : -1) < 0 && errno != EINTR)
			err(1, "poll");
	}
}
