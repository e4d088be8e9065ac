// SPDX-License-Identifier: GPL-2.0
/*
 * handles N FILE: in the guest, bind N event channels to dom0 by /dev/xen/evtchn, and go
 * to the background. When poll() of the device returns, use the channels in each possible
 * way, and write the results to FILE.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The requests of /dev/xen/evtchn, as in the kernel's xen/evtchn.h. */
struct unbound { unsigned int remote_domain; };
struct port { unsigned int port; };
#define BIND_UNBOUND_PORT	_IOC(_IOC_NONE, 'E', 2, sizeof(struct unbound))
#define UNBIND			_IOC(_IOC_NONE, 'E', 3, sizeof(struct port))
#define NOTIFY			_IOC(_IOC_NONE, 'E', 4, sizeof(struct port))
#define RESET			_IOC(_IOC_NONE, 'E', 5, 0)

static int fd;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned int bind_one(void)
{
	struct unbound unbound = { .remote_domain = 0 };
	int port = ioctl(fd, BIND_UNBOUND_PORT, &unbound);

	if (port < 0)
		die("bind");
	return port;
}

static const char *name(int result)
{
	return result >= 0 ? "ok" : strerrorname_np(errno);
}

static void report(FILE *f, unsigned int first, short revents)
{
	struct port port = { .port = first };
	uint32_t event;

	fprintf(f, "poll %s\n", revents & POLLERR ? "error" : "event");
	fprintf(f, "read %s\n", name(read(fd, &event, sizeof(event))));
	fprintf(f, "notify %s\n", name(ioctl(fd, NOTIFY, &port)));
	fprintf(f, "unbind %s\n", name(ioctl(fd, UNBIND, &port)));
	fprintf(f, "reset %s\n", name(ioctl(fd, RESET, 0)));
	bind_one();
	fprintf(f, "read %s\n", name(read(fd, &event, sizeof(event))));
	close(fd);
	fprintf(f, "closed\n");
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[1]) : 0;
	unsigned int first = 0;
	struct pollfd poller;
	FILE *f;

	if (n <= 0) {
		fprintf(stderr, "usage: handles N FILE\n");
		return 2;
	}
	fd = open("/dev/xen/evtchn", O_RDWR | O_NONBLOCK);
	if (fd < 0)
		die("/dev/xen/evtchn");
	while (n--) {
		unsigned int port = bind_one();

		if (!first)
			first = port;
	}
	if (daemon(1, 0))
		die("daemon");
	poller = (struct pollfd) { .fd = fd, .events = POLLIN };
	if (poll(&poller, 1, -1) < 0)
		die("poll");
	f = fopen(argv[2], "w");
	if (!f)
		die(argv[2]);
	report(f, first, poller.revents);
	fclose(f);
}
