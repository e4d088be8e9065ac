// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint.h"

/*
 * The environment variable from which the helper reads the number of the
 * descriptor.
 */
#define VARIABLE "XEN_CHECKPOINT_SHARED"

struct shared *shared;

const char *const moment_names[MOMENTS] = {
	[AT_START] = "start",
	[AT_ASKED] = "asked",
	[AT_SUSPENDED] = "suspended",
	[AT_DIRTY] = "dirty",
	[AT_COPIED] = "copied",
	[AT_COMMAND] = "command",
	[AT_RESUMED] = "resumed",
	[AT_END] = "end",
};

double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

double pause_ms(void)
{
	if (!shared->at[AT_SUSPENDED] || !shared->at[AT_RESUMED])
		return -1;
	return shared->at[AT_RESUMED] - shared->at[AT_SUSPENDED];
}

static void map(int fd)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		die("cannot share memory: %s", strerror(errno));
}

void shared_create(void)
{
	int fd = memfd_create("xen-checkpoint", 0);
	char number[16];

	if (fd < 0 || ftruncate(fd, sizeof(*shared)))
		die("cannot share memory: %s", strerror(errno));
	map(fd);
	shared->main = getpid();
	snprintf(number, sizeof(number), "%d", fd);
	setenv(VARIABLE, number, 1);
}

void shared_attach(void)
{
	const char *number = getenv(VARIABLE);

	if (!number)
		die("only libxl can start this form of the command");
	map(atoi(number));
	close(atoi(number));
	unsetenv(VARIABLE);
}

void give_up(enum status status, const char *fmt, ...)
{
	va_list args;

	if (shared->status)
		return;
	va_start(args, fmt);
	vsnprintf(shared->why, sizeof(shared->why), fmt, args);
	va_end(args);
	shared->status = status;
}
