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

/* Exit status: FAIL if the guest under test is wrong, ERROR if the test itself did not work. */
#define EXIT_FAIL	1
#define EXIT_TIMEOUT	124
#define EXIT_ERROR	125

#define SERVE_PORT	7000	/* port of the guest for requests to init */
#define PEER_PORT	"7001"	/* port of tcp-peer in dom0 */
#define MAX_CPUS	64

int64_t now_ns(clockid_t id);
void sleep_ms(unsigned int ms);
/* Sleep after a step of work that began at SINCE. util.c has the reason for the length. */
void rest(int64_t since, unsigned int min_ms);
uint64_t mix64(uint64_t x);
uint64_t rnd(void);
int write_all(int fd, const void *buf, size_t len);
/* Read the start of a file by one read(), as a string. Return: 0, or -1 with errno. */
int read_text(const char *path, char *text, size_t size);
unsigned long parse_number(const char *text, const char *what,
			   unsigned long min, unsigned long max);

/* fork(). The kernel kills the child when its parent ends. */
pid_t fork_bound(void);

/* Store the CPUs that this process may use. Return: their number. */
int cpu_list(int list[MAX_CPUS]);
/* Start a thread with a small stack, pinned to a CPU. Return: 0, or an error number. */
int start_pinned(int cpu, void *(*fn)(void *), void *arg);

/* Print one line with the name of the program to stderr, and exit with EXIT_ERROR. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
