// SPDX-License-Identifier: GPL-2.0
/*
 * --at-pause: a command that runs while the domain is suspended, such as a snapshot of its
 * disks. It starts when the domain is suspended, and runs while the last pages are copied.
 * The domain is resumed when both are done.
 *
 * The command has a process group of its own, whose id is in struct shared. Each process that
 * resumes the domain ends this group first: otherwise the command would take a snapshot of disks
 * while the domain writes to them.
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

enum {
	LOOK_MS = 50,
	TERM_MS = 2000,	/* between SIGTERM and SIGKILL */
};

static int command_fd = -1;
static double began;

/*
 * Start the command. Its standard output is the helper's standard error, because libxl reads
 * messages from the helper's standard output.
 */
static int spawn(void)
{
	char *argv[] = { "sh", "-c", shared->command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	pid_t group;
	int error;

	sigfillset(&defaults);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	/* The command gets neither the image nor the descriptors of libxl and libxenguest. */
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn(&group, "/bin/sh", &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	shared->command_group = error ? 0 : group;
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
	if (*shared->file)
		setenv("XEN_CHECKPOINT_FILE", shared->file, 1);
	else
		unsetenv("XEN_CHECKPOINT_FILE");
	/* If the command calls xl, xl would start xen-checkpoint as its save helper. */
	unsetenv("LIBXL_SAVE_HELPER");
	began = now_ms();
	error = spawn();
	command_fd = error ? -1 : pidfd_open(shared->command_group, 0);
	if (command_fd >= 0)
		return;
	give_up(FAILED, "--at-pause: the command cannot be started: %s", strerror(error ? error : errno));
	stream_break();
}

/*
 * Return whether the command ends within its limit. After an abort, return at once, because the
 * domain must not wait for the command. If the copy took longer than the limit, the command may
 * have ended in time, so check at least once.
 */
static bool ends_in_time(void)
{
	struct pollfd end = { .fd = command_fd, .events = POLLIN };
	double left;

	do {
		if (stream_is_broken())
			return false;
		left = began + shared->command_ms - now_ms();
		if (poll(&end, 1, left <= 0 ? 0 : left < LOOK_MS ? left + 1 : LOOK_MS) > 0)
			return true;
	} while (left > 0);
	return false;
}

bool command_wait(void)
{
	siginfo_t end = { .si_code = 0 };

	if (!*shared->command)
		return true;
	if (command_fd < 0)
		return false;
	if (!ends_in_time()) {
		if (!stream_is_broken())
			give_up(FAILED, "--at-pause: the command did not end within %.0f ms, and was killed",
				shared->command_ms);
		return false;
	}
	/* Do not reap the command yet: until waitpid(), no other process group can get its id. */
	while (waitid(P_PID, shared->command_group, &end, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	shared->at[AT_COMMAND] = now_ms();
	if (end.si_code == CLD_EXITED && !end.si_status) {
		pid_t command = shared->command_group;

		shared->command_group = 0;
		waitpid(command, NULL, 0);
		return true;
	}
	if (end.si_code == CLD_EXITED)
		give_up(FAILED, "--at-pause: the command failed with exit status %d", end.si_status);
	else
		give_up(FAILED, "--at-pause: the command was killed by signal %d", end.si_status);
	/* The command may have left processes in its group: command_kill() ends them. */
	return false;
}

static bool has_ended(pid_t group)
{
	/* kill() also finds a zombie, so reap the command. Only the helper is its parent. */
	waitpid(group, NULL, WNOHANG);
	return kill(-group, 0);
}

/*
 * End the command by SIGTERM, and by SIGKILL only after TERM_MS: lvcreate blocks signals while it
 * has suspended the device of the disk, and SIGKILL would leave the device suspended.
 */
void command_kill(void)
{
	double end = now_ms() + TERM_MS;
	pid_t group = shared->command_group;

	if (!group)
		return;
	kill(-group, SIGTERM);
	while (!has_ended(group) && now_ms() < end)
		poll(NULL, 0, LOOK_MS / 5);
	kill(-group, SIGKILL);
	waitpid(group, NULL, WNOHANG);
	shared->command_group = 0;
}
