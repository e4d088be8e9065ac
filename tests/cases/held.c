// SPDX-License-Identifier: GPL-2.0
/*
 * held N: keep N address spaces of processes that are gone.
 *
 * An open /proc/PID/mem keeps an address space's top page table, not what was
 * in it. Such a table is one that Xen does not know of (PV) and yet one of the
 * kernel's list. Goes to the background once it has them, and frees them
 * all on SIGTERM, by dying of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void hold_one(void)
{
	char path[32];
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	if (open(path, O_RDONLY) < 0)
		die(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	int n = argc == 2 ? atoi(argv[1]) : 0;

	if (n <= 0) {
		fprintf(stderr, "usage: held N\n");
		return 2;
	}
	while (n--)
		hold_one();
	if (daemon(0, 0))
		die("daemon");
	for (;;)
		pause();
}
