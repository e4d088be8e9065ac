// SPDX-License-Identifier: GPL-2.0
/*
 * grants offer DOMID: in dom0, grant that domain a page, print the grant reference, and
 * keep running, because the end of the program revokes the grant.
 * grants map REF FILE: in the guest, map the granted page, and go to the background. On
 * SIGUSR1, read and unmap the page, and write to FILE what was read ("SIGBUS" if the page
 * is gone), and whether munmap() succeeded.
 * grants hold DOMID REF: in dom0, map a page that this domain has granted, print "held", and keep
 * running, because the end of the program unmaps the page.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096

static const char text[] = "granted";

/* Requests of /dev/xen/gntalloc and gntdev, as in the kernel's xen/gntalloc.h and xen/gntdev.h. */
struct alloc_gref {
	uint16_t domid, flags;
	uint32_t count;
	uint64_t index;
	uint32_t refs[1];
};
#define ALLOC_GREF	_IOC(_IOC_NONE, 'G', 5, sizeof(struct alloc_gref))
#define WRITABLE	1

struct map_gref {
	uint32_t count, pad;
	uint64_t index;
	struct {
		uint32_t domid, ref;
	} refs[1];
};
#define MAP_GREF	_IOC(_IOC_NONE, 'G', 0, sizeof(struct map_gref))

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *map_page(const char *device, unsigned long request, void *arg,
		      const uint64_t *index)
{
	int fd = open(device, O_RDWR);
	char *page;

	if (fd < 0 || ioctl(fd, request, arg))
		die(device);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, *index);
	if (page == MAP_FAILED)
		die(device);
	close(fd);
	return page;
}

static void offer(unsigned int domid)
{
	struct alloc_gref a = { .domid = domid, .flags = WRITABLE, .count = 1 };
	char *page = map_page("/dev/xen/gntalloc", ALLOC_GREF, &a, &a.index);

	strcpy(page, text);
	printf("%u\n", a.refs[0]);
	fflush(stdout);
	for (;;)
		pause();
}

static sigjmp_buf gone;

static void on_sigbus(int sig)
{
	siglongjmp(gone, sig);
}

static void map(unsigned int ref, const char *path)
{
	struct map_gref m = { .count = 1, .refs = { { .ref = ref } } };
	char *page = map_page("/dev/xen/gntdev", MAP_GREF, &m, &m.index);
	sigset_t set;
	FILE *f;
	int sig;

	if (strcmp(page, text)) {
		fprintf(stderr, "grants: the page holds something else\n");
		exit(1);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGBUS, on_sigbus);
	if (daemon(1, 0))
		die("daemon");
	sigwait(&set, &sig);
	f = fopen(path, "w");
	if (!f)
		die(path);
	if (sigsetjmp(gone, 1))
		fprintf(f, "SIGBUS\n");
	else
		fprintf(f, "%s\n", strcmp(page, text) ? "something else" : text);
	fprintf(f, "unmap %s\n", munmap(page, PAGE) ? "fails" : "ok");
	fclose(f);
}

static void hold(unsigned int domid, unsigned int ref)
{
	struct map_gref m = { .count = 1, .refs = { { domid, ref } } };

	map_page("/dev/xen/gntdev", MAP_GREF, &m, &m.index);
	printf("held\n");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "offer")) {
		offer(atoi(argv[2]));
	} else if (argc == 4 && !strcmp(argv[1], "map")) {
		map(atoi(argv[2]), argv[3]);
	} else if (argc == 4 && !strcmp(argv[1], "hold")) {
		hold(atoi(argv[2]), atoi(argv[3]));
	} else {
		fprintf(stderr, "usage: grants offer DOMID | grants map REF FILE | grants hold DOMID REF\n");
		return 2;
	}
}
