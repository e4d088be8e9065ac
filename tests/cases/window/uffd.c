// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of window in which userfaultfd changes the page tables of a program.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "window.h"

/* UFFDIO_MOVE, as in linux/userfaultfd.h of Linux 6.8. Older headers lack it. */
#define MOVE_FEATURE	(1ULL << 16)
struct move {
	uint64_t dst, src, len, mode, moved;
};
#define MOVE		_IOWR(UFFDIO, 0x05, struct move)

#define SERVED_AFTER	2

static int uffd;

static void open_uffd(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	want(uffd >= 0 && !ioctl(uffd, UFFDIO_API, &api), "userfaultfd");
}

static unsigned char *watched(unsigned char *page, uint64_t mode)
{
	struct uffdio_register area = {
		.range = { (uintptr_t)page, PAGE }, .mode = mode,
	};

	want(!ioctl(uffd, UFFDIO_REGISTER, &area), "UFFDIO_REGISTER");
	return page;
}

static int protect(uint64_t page, uint64_t mode)
{
	struct uffdio_writeprotect area = {
		.range = { page & -PAGE, PAGE }, .mode = mode,
	};

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &area);
}

void ufcopy(unsigned long n)
{
	unsigned char *src = filled(n);
	unsigned char *dst = watched(fresh(), UFFDIO_REGISTER_MODE_MISSING);
	struct uffdio_copy area = { (uintptr_t)dst, (uintptr_t)src, PAGE, 0, 0 };

	enter();
	want(!ioctl(uffd, UFFDIO_COPY, &area), "UFFDIO_COPY");
	leave();
	check_and_unmap(dst, n);
	check_and_unmap(src, n);
}

/* Move a page. Retry after EAGAIN: the kernel noticed that the page had changed meanwhile. */
void ufmove(unsigned long n)
{
	unsigned char *src = filled(n);
	unsigned char *dst = watched(fresh(), UFFDIO_REGISTER_MODE_MISSING);
	struct move area = { (uintptr_t)dst, (uintptr_t)src, PAGE, 0, 0 };
	int ret;

	do {
		enter();
		ret = ioctl(uffd, MOVE, &area);
		leave();
	} while (ret && errno == EAGAIN);
	want(!ret, "UFFDIO_MOVE");
	check_and_unmap(dst, n);
	munmap(src, PAGE);
}

/* Start a process that allows each write to a protected page, SERVED_AFTER seconds later. */
void start_serving(void)
{
	struct uffd_msg msg;

	open_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		sleep(SERVED_AFTER);
		protect(msg.arg.pagefault.address, 0);
	}
	_exit(1);
}

void served(unsigned long n)
{
	volatile unsigned char *page = watched(filled(n), UFFDIO_REGISTER_MODE_WP);
	unsigned char value = page[0] + 1;

	want(!protect((uintptr_t)page, UFFDIO_WRITEPROTECT_MODE_WP), "UFFDIO_WRITEPROTECT");
	enter();
	page[0] = value;
	leave();
	if (page[0] != value)
		bad(row, "a page was not written to");
	page[0] = value - 1;
	check_and_unmap((void *)page, n);
}

void start_copying(void) { open_uffd(0); }
void start_moving(void) { open_uffd(MOVE_FEATURE); }
