// SPDX-License-Identifier: GPL-2.0
/*
 * fault NODE: watch a node in xenstore, and read what comes to memory that is never
 * there: a page fault that takes for ever, as by a disk that is gone. Goes to
 * the background when the node is watched.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE	4096

/* As in xen/io/xs_wire.h. */
struct message {
	uint32_t type, req_id, tx_id, len;
	char body[PAGE];
};
#define XS_WATCH	4
#define XS_WATCH_EVENT	15

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int store, const char *node)
{
	struct message m = { .type = XS_WATCH };
	size_t size = offsetof(struct message, body);

	m.len = snprintf(m.body, sizeof(m.body), "%s%cfault", node, 0) + 1;
	if (write(store, &m, size + m.len) < 0)
		die("watch");
	/* The answer, and the event that comes with every new watch. */
	do {
		if (read(store, &m, size) != (ssize_t)size ||
		    read(store, m.body, m.len) != m.len)
			die("read");
	} while (m.type != XS_WATCH_EVENT);
}

/* Memory whose faults nobody serves. */
static void *nowhere(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (faults < 0 || page == MAP_FAILED || ioctl(faults, UFFDIO_API, &api))
		die("userfaultfd");
	reg.range.start = (uintptr_t)page;
	reg.range.len = PAGE;
	if (ioctl(faults, UFFDIO_REGISTER, &reg))
		die("userfaultfd");
	return page;
}

int main(int argc, char **argv)
{
	int store = open("/dev/xen/xenbus", O_RDWR);
	void *page;

	if (argc != 2) {
		fprintf(stderr, "usage: fault NODE\n");
		return 2;
	}
	if (store < 0)
		die("/dev/xen/xenbus");
	watch(store, argv[1]);
	if (daemon(1, 0))
		die("daemon");
	/* Now, since a child does not inherit it. */
	page = nowhere();
	read(store, page, PAGE);
	die("the page came");
}
