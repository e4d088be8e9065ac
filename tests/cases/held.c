// SPDX-License-Identifier: GPL-2.0
/*
 * held N: in the guest, keep N address spaces of processes that have ended.
 *
 * An open /proc/PID/mem keeps the top page table of an ended process, but not
 * its memory. Such a table is in the kernel's list of page tables, although it is
 * no longer pinned in Xen (PV). The program goes to the background when it has all
 * N. When SIGTERM ends the program, the kernel frees these page tables.
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
