// SPDX-License-Identifier: GPL-2.0
/*
 * mapped REF: in a guest, map the page of dom0 that "grants offer" has granted, and stay in
 * the foreground. "grants map" does not work in a PV guest: it forks to go to the background,
 * and a child does not inherit the mapping there.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The request to map grants by /dev/xen/gntdev, as in the kernel's xen/gntdev.h. */
struct map_gref {
	uint32_t count, pad;
	uint64_t index;
	struct {
		uint32_t domid, ref;
	} refs[1];
};
#define MAP_GREF	_IOC(_IOC_NONE, 'G', 0, sizeof(struct map_gref))

int main(int argc, char **argv)
{
	struct map_gref m = { .count = 1 };
	int fd = open("/dev/xen/gntdev", O_RDWR);
	volatile char *page;

	if (argc != 2) {
		fprintf(stderr, "usage: mapped REF\n");
		return 2;
	}
	m.refs[0].ref = atoi(argv[1]);
	if (fd < 0 || ioctl(fd, MAP_GREF, &m)) {
		perror("/dev/xen/gntdev");
		return 1;
	}
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, m.index);
	if (page == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	printf("%c\n", page[0]);
	fflush(stdout);
	for (;;)
		pause();
}
