// SPDX-License-Identifier: GPL-2.0
/*
 * fault NODE: in the guest, watch a node in xenstore, go to the background, and read the
 * next event into a page that never becomes present. The copy to user space takes a page
 * fault that does not end, as if the page were on a disk that is gone.
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

/* A message of xenstore, as xen/io/xs_wire.h defines it. */
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
	/* Xenstored sends an answer, and then the first event, which each new watch causes. */
	do {
		if (read(store, &m, size) != (ssize_t)size ||
		    read(store, m.body, m.len) != m.len)
			die("read");
	} while (m.type != XS_WATCH_EVENT);
}

/* Return a page that userfaultfd handles, and whose faults this program does not serve. */
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
	/* Map the page after daemon(), because a child does not inherit a userfaultfd area. */
	page = nowhere();
	read(store, page, PAGE);
	die("the page came");
}
