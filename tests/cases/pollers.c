// SPDX-License-Identifier: GPL-2.0
/*
 * pollers DIR LOG: in the guest, wait for changes of the files "generation" and "id" in DIR.
 * Sixteen processes wait: one for each system call in ways[], each file, and each of the
 * users root and nobody. One more process listens to the uevents of xen_guest. All run in
 * the background. Each process adds a line to LOG when it is ready, and after each change:
 * its name, the generation, and the id.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOBODY		65534
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *dir;
static int out;

/* Add a line to LOG by one write(), because other processes add lines at the same time. */
static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n >= (int)sizeof(line) || write(out, line, n) != n)
		exit(1);
}

/* Add the error to LOG, and exit. The case fails if LOG has an unexpected line. */
static _Noreturn void die(const char *who, const char *what)
{
	note("%s: %s: %s\n", who, what, strerror(errno));
	exit(1);
}

/* Read a file of sysfs. poll() reports a change only if the same descriptor was read before. */
static void get(const char *who, int fd, char *value, size_t size)
{
	ssize_t n = pread(fd, value, size - 1, 0);

	if (n <= 0)
		die(who, "read");
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
}

static int open_in_dir(const char *who, const char *file)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(who, file);
	return fd;
}

/*
 * Log generation and id. Read the polled file from its open descriptor, and open the other
 * file again. Both methods must return the current value.
 */
static void note_life(const char *who, int fd, bool polls_id)
{
	int other = open_in_dir(who, polls_id ? "generation" : "id");
	char mine[64], others[64];

	get(who, fd, mine, sizeof(mine));
	get(who, other, others, sizeof(others));
	close(other);
	note("%s %s %s\n", who, polls_id ? others : mine, polls_id ? mine : others);
}

/*
 * The by_*() functions wait for a change of the file. They return 1 if the file has changed,
 * 0 if not, and -1 with errno. Freezing the task interrupts some of them with EINTR.
 */
static int by_poll(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	int n = poll(&p, 1, -1);

	return n < 0 ? n : !!(p.revents & POLLPRI);
}

static int by_select(int fd)
{
	fd_set set;
	int n;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	n = select(fd + 1, NULL, NULL, &set, NULL);
	return n < 0 ? n : FD_ISSET(fd, &set);
}

static int by_epoll_for(int fd, uint32_t events)
{
	static int epoll = -1;
	struct epoll_event e = { .events = events };
	int n;

	if (epoll < 0) {
		epoll = epoll_create1(0);
		if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e))
			return -1;
	}
	n = epoll_wait(epoll, &e, 1, -1);
	return n < 0 ? n : !!(e.events & EPOLLPRI);
}

static int by_epoll(int fd)
{
	return by_epoll_for(fd, EPOLLPRI);
}

static int by_edge(int fd)
{
	return by_epoll_for(fd, EPOLLPRI | EPOLLET);
}

static const struct {
	const char *name;
	int (*wait)(int fd);
} ways[] = {
	{ "poll", by_poll },
	{ "select", by_select },
	{ "epoll", by_epoll },
	{ "edge", by_edge },
};

static _Noreturn void poller(int way, bool polls_id, bool is_nobody)
{
	const char *file = polls_id ? "id" : "generation";
	char who[64];
	int fd, n = 1;

	snprintf(who, sizeof(who), "%s-%s-%s", ways[way].name, file,
		 is_nobody ? "nobody" : "root");
	if (is_nobody && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
		die(who, "nobody");
	fd = open_in_dir(who, file);
	for (;;) {
		if (n > 0)
			note_life(who, fd, polls_id);
		n = ways[way].wait(fd);
		if (n < 0 && errno != EINTR)
			die(who, "wait");
	}
}

/*
 * Return the value of NAME in a uevent, or "-". A uevent has ACTION@DEVPATH, and then any number
 * of NAME=VALUE. Each of these ends with a null byte.
 */
static const char *value_of(const char *name, const char *event, size_t size)
{
	size_t length = strlen(name);
	const char *p;

	for (p = event; p < event + size; p += strlen(p) + 1)
		if (!strncmp(p, name, length) && p[length] == '=')
			return p + length + 1;
	return "-";
}

static _Noreturn void listener(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
	static char event[8192];

	if (fd < 0 || bind(fd, (void *)&kernel, sizeof(kernel)))
		die("uevents", "socket");
	note_life("uevents", open_in_dir("uevents", "id"), true);
	for (;;) {
		ssize_t n = recv(fd, event, sizeof(event) - 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("uevents", "recv");
		event[n] = '\0';
		if (strcmp(value_of("SUBSYSTEM", event, n), "xen_guest"))
			continue;
		note("%s %s %s\n", event, value_of("XEN_GENERATION", event, n),
		     value_of("XEN_ID", event, n));
	}
}

int main(int argc, char **argv)
{
	unsigned int n;

	if (argc != 3) {
		fprintf(stderr, "usage: pollers DIR LOG\n");
		return 2;
	}
	dir = argv[1];
	out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (out < 0 || daemon(1, 0)) {
		perror("pollers");
		return 1;
	}
	for (n = 0; n < 4 * ARRAY_SIZE(ways); n++)
		if (!fork())
			poller(n / 4, n & 1, n & 2);
	listener();
}
