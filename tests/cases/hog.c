// SPDX-License-Identifier: GPL-2.0
/*
 * hog CPU: in the guest, run a real-time task on one CPU until it is killed, so that no
 * task of the ordinary scheduling classes runs there. The program returns when this has
 * begun. The guest's busybox has no chrt.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A medium real-time priority, as an ordinary real-time program has. */
#define PRIORITY	50

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct sched_param param = { .sched_priority = PRIORITY };
	volatile unsigned long turns = 0;
	cpu_set_t cpus;
	pid_t pid;
	int cpu;

	if (argc != 2) {
		fprintf(stderr, "usage: hog CPU\n");
		return 2;
	}
	cpu = atoi(argv[1]);
	pid = fork();
	if (pid < 0)
		fail("hog: fork");
	if (!pid) {
		/* Otherwise the caller, which reads our output to its end, would wait for ever. */
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			close(fd);
		for (;;)
			turns++;
	}

	/* Leave the CPU before the child takes it, or this process could not return. */
	sched_getaffinity(0, sizeof(cpus), &cpus);
	CPU_CLR(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("hog: no other CPU to run on");
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(pid, sizeof(cpus), &cpus) ||
	    sched_setscheduler(pid, SCHED_FIFO, &param)) {
		kill(pid, SIGKILL);
		fail("hog: cannot take that CPU");
	}
	return 0;
}
