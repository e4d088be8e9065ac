// SPDX-License-Identifier: GPL-2.0
/*
 * --at-pause: a command that runs while the domain is suspended, such as a snapshot of its
 * disks. It starts when the domain is suspended, and runs while the last pages are copied.
 * The domain is resumed when both are done.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkpoint.h"

extern char **environ;

static pid_t command;
static int command_fd = -1;
static double began;

/* Standard output is the helper's connection to libxl. */
static int spawn(void)
{
	char *argv[] = { "sh", "-c", shared->command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int error;

	sigfillset(&defaults);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	/* Not the image, nor what libxl and libxenguest have open. */
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn(&command, "/bin/sh", &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return error;
}

void command_start(void)
{
	char domid[16];
	int error;

	if (!*shared->command)
		return;
	snprintf(domid, sizeof(domid), "%u", shared->domid);
	setenv("XEN_DOMID", domid, 1);
	began = now_ms();
	error = spawn();
	command_fd = error ? -1 : pidfd_open(command, 0);
	if (command_fd >= 0)
		return;
	give_up(FAILED, "--at-pause: cannot be started: %s", strerror(error ? error : errno));
	stream_break();
}

static bool ends_in_time(void)
{
	struct pollfd end = { .fd = command_fd, .events = POLLIN };
	double left;

	while ((left = began + shared->command_ms - now_ms()) > 0)
		if (poll(&end, 1, left + 1) > 0)
			return true;
	return false;
}

bool command_wait(void)
{
	int status;

	if (!*shared->command)
		return true;
	if (command_fd < 0)
		return false;
	if (!ends_in_time()) {
		give_up(FAILED, "--at-pause: no end after %.0f ms", shared->command_ms);
		return false;
	}
	while (waitpid(command, &status, 0) < 0 && errno == EINTR)
		;
	command = 0;
	shared->at[AT_COMMAND] = now_ms();
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	if (WIFEXITED(status))
		give_up(FAILED, "--at-pause: exit status %d", WEXITSTATUS(status));
	else
		give_up(FAILED, "--at-pause: killed by signal %d", WTERMSIG(status));
	return false;
}

/*
 * What was started and not waited for, as the save has failed or the time was over. A
 * command that goes on while the domain runs would take a snapshot of disks in use.
 */
void command_kill(void)
{
	if (command > 0)
		kill(-command, SIGKILL);
	command = 0;
}
