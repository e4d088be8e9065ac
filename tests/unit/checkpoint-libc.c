// SPDX-License-Identifier: GPL-2.0
/*
 * Emulate a file system with or without holes, a clock, and syslog. checkpoint-xen.h describes the
 * variables.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint-xen.h"

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	if (script_is("FAKE_FILE_HOLES", "0")) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return syscall(SYS_fallocate, fd, mode, offset, len);
}

int fsync(int fd)
{
	struct stat st;

	if (script_is("FAKE_FSYNC", "fails") ||
	    (script_is("FAKE_FSYNC", "dir") && !fstat(fd, &st) && S_ISDIR(st.st_mode))) {
		errno = EIO;
		return -1;
	}
	if (script_is("FAKE_FSYNC", "interrupt"))
		raise(SIGINT);
	else if (script_is("FAKE_FSYNC", "kill"))
		raise(SIGKILL);
	return syscall(SYS_fsync, fd);
}

/* finish() of xen-checkpoint calls fstat() after it checks the image. FAKE_AT may send SIGINT. */
int fstat(int fd, struct stat *st)
{
	if (script_is("FAKE_AT", "interrupt:checked") && world()->state == WORLD_SUSPENDED)
		raise(SIGINT);
	return fstatat(fd, "", st, AT_EMPTY_PATH);
}

/* Return a clock that may be fast, so that timeouts end sooner. Sleeps take as long as before. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
	unsigned long speed = strtoul(script("FAKE_SPEED", "1"), NULL, 10);
	int result = syscall(SYS_clock_gettime, clock, t);

	if (clock == CLOCK_MONOTONIC) {
		t->tv_nsec *= speed;
		t->tv_sec = t->tv_sec * speed + t->tv_nsec / 1000000000;
		t->tv_nsec %= 1000000000;
	}
	return result;
}

void syslog(int priority, const char *fmt, ...)
{
	int fd = open("syslog", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	va_list args;

	(void)priority;
	va_start(args, fmt);
	vdprintf(fd, fmt, args);
	va_end(args);
	if (write(fd, "\n", 1) < 0)
		abort();
	close(fd);
}
