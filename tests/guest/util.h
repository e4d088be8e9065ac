/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UTIL_H
#define UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_SEC	1000000000L

/* A failure is the subject's, an error is the test's own. */
#define EXIT_FAIL	1
#define EXIT_TIMEOUT	124
#define EXIT_ERROR	125

#define SERVE_PORT	7000	/* init's requests */
#define PEER_PORT	"7001"	/* tcp's records */
#define MAX_CPUS	64

int64_t now_ns(clockid_t id);
void sleep_ms(unsigned int ms);
/* After a step that began at since: see util.c. */
void rest(int64_t since, unsigned int min_ms);
uint64_t mix64(uint64_t x);
uint64_t rnd(void);
int write_all(int fd, const void *buf, size_t len);
/* The start of a file that one read() gives, as a string; -1 with errno. */
int read_text(const char *path, char *text, size_t size);
unsigned long parse_number(const char *text, const char *what,
			   unsigned long min, unsigned long max);

/* fork(), where the child does not outlive its parent. */
pid_t fork_bound(void);

/* The CPUs this process may use; returns how many. */
int cpu_list(int list[MAX_CPUS]);
/* A thread with a small stack, pinned to cpu. */
int start_pinned(int cpu, void *(*fn)(void *), void *arg);

/* One line on stderr, naming the program, then EXIT_ERROR. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
