// SPDX-License-Identifier: GPL-2.0
/*
 * kicks driver|hypercall: in the guest, kick a watchdog of Xen each second. Its timeout is 10 s.
 *
 * - driver: by /dev/watchdog. The watchdog continues when this program ends, because it never writes
 *   the character 'V'.
 * - hypercall: by /dev/xen/privcmd, as xenwatchdogd does. Xen identifies a watchdog by a number. A
 *   new domain has no watchdog of this number, and xenwatchdogd ends then. This program prints
 *   "gone" and starts a new watchdog.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* From Xen's public headers and xen/privcmd.h. */
enum { SCHED_OP = 29, WATCHDOG = 6, SECONDS = 10 };
struct hypercall { uint64_t op, arg[5]; };
#define HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))

static int by_driver(void)
{
	int fd = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);

	while (fd >= 0 && write(fd, "", 1) == 1)
		sleep(1);
	perror("/dev/watchdog");
	return 1;
}

static int by_hypercall(void)
{
	static struct { uint32_t id, timeout; } watchdog = { 0, SECONDS };
	struct hypercall call = { SCHED_OP, { WATCHDOG, (uintptr_t)&watchdog } };
	int id, fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

	setlinebuf(stdout);
	/* Lock the memory: Xen reads the request, and cannot handle a page fault. */
	if (fd < 0 || mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("/dev/xen/privcmd");
		return 1;
	}
	for (;;) {
		id = ioctl(fd, HYPERCALL, &call);
		if (id < 0 && errno == EINVAL && watchdog.id) {
			puts("gone");
			watchdog.id = 0;
			continue;
		}
		if (id < 0) {
			perror("watchdog");
			return 1;
		}
		if (!watchdog.id)
			watchdog.id = id;
		sleep(1);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "driver"))
		return by_driver();
	if (argc == 2 && !strcmp(argv[1], "hypercall"))
		return by_hypercall();
	fputs("usage: kicks driver|hypercall\n", stderr);
	return 2;
}
