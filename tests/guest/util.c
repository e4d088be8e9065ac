// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "util.h"

int64_t now_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void sleep_ms(unsigned int ms)
{
	struct timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * NSEC_PER_MSEC,
	};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/*
 * Sleep three times as long as the step took, so that a program uses at most a quarter
 * of a CPU. Emulated CPUs differ by a factor of fifty, and a fixed pause would be too
 * short for init to run on a slow one. Sleep for one second at most, so that the count
 * of each program still increases while dom0 polls.
 */
void rest(int64_t since, unsigned int min_ms)
{
	int64_t ms = 3 * (now_ns(CLOCK_MONOTONIC) - since) / NSEC_PER_MSEC;

	if (ms < min_ms)
		ms = min_ms;
	sleep_ms(ms < 1000 ? ms : 1000);
}

uint64_t mix64(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

/*
 * Do not use getrandom(), which blocks for minutes in a guest without RDRAND. Do not
 * keep a seed, because forked children would repeat the numbers of their parent.
 */
uint64_t rnd(void)
{
	static _Thread_local uint64_t n;

	return mix64(now_ns(CLOCK_MONOTONIC) ^ (uint64_t)gettid() << 40 ^
		     ++n << 56);
}

int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -1 : 0;
}

unsigned long parse_number(const char *text, const char *what,
			   unsigned long min, unsigned long max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max)
		die("%s must be a number from %lu to %lu, not '%s'", what, min,
		    max, text);
	return n;
}

pid_t fork_bound(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* If the parent died before prctl(), the kernel sends no SIGKILL. */
	if (getppid() != parent)
		_exit(EXIT_ERROR);
	return 0;
}

int cpu_list(int list[MAX_CPUS])
{
	cpu_set_t set;
	int n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		die("sched_getaffinity: %m");
	for (int cpu = 0; cpu < CPU_SETSIZE && n < MAX_CPUS; cpu++)
		if (CPU_ISSET(cpu, &set))
			list[n++] = cpu;
	return n;
}

int start_pinned(int cpu, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	err = pthread_create(&thread, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return err;
}

void die(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
	exit(EXIT_ERROR);
}
