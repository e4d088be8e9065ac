// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of window in which the kernel changes page tables for the memory of a program.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "window.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define PAGES		1024		/* of the disk, for each row that writes to it */
#define MANY		64
#define SWAPPED		(1ULL << 62)
#define FRAME		((1ULL << 55) - 1)

static uint64_t pagemap(const void *page)
{
	uint64_t entry;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0 || pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * sizeof(entry)) !=
			sizeof(entry))
		die("pagemap");
	close(fd);
	return entry;
}

/* Map a page of the disk, read it, which makes it present, and then write to it. */
static void write_mapped(unsigned long n, bool shared)
{
	unsigned char was[PAGE], is[PAGE], expected[PAGE];
	volatile unsigned char *page;
	unsigned long at = (n % PAGES + shared * PAGES) * PAGE, byte = n % PAGE;

	page = map(shared ? MAP_SHARED : MAP_PRIVATE, disk, at);
	memcpy(was, (void *)page, PAGE);
	memcpy(expected, was, PAGE);
	expected[byte]++;
	enter();
	page[byte] = expected[byte];
	leave();
	compare((void *)page, expected);
	if (pread(disk, is, PAGE, at) != PAGE)
		die("read");
	compare(is, shared ? expected : was);
	munmap((void *)page, PAGE);
	if (n % 16 == 0)
		fdatasync(disk);
}

void cow(unsigned long n) { write_mapped(n, false); }
void mkwrite(unsigned long n) { write_mapped(n, true); }

void anon(unsigned long n)
{
	unsigned char expected[PAGE] = { 0 };
	volatile unsigned char *page = fresh();

	expected[n % PAGE] = 1;
	enter();
	page[n % PAGE] = 1;
	leave();
	compare((void *)page, expected);
	munmap((void *)page, PAGE);
}

void swapin(unsigned long n)
{
	volatile unsigned char *page = filled(n);

	for (int i = 0; !(pagemap((void *)page) & SWAPPED); i++) {
		if (i == 500)
			bad(row, "a page is not swapped out");
		madvise((void *)page, PAGE, MADV_PAGEOUT);
		usleep(10000);
	}
	enter();
	(void)page[0];
	leave();
	check_and_unmap((void *)page, n);
}

void migrate(unsigned long n)
{
	unsigned char *pages[MANY];
	ssize_t ret;
	int i, fd = open("/proc/sys/vm/compact_memory", O_WRONLY);

	for (i = 0; i < MANY; i++)
		pages[i] = filled(n + i);
	for (i = 1; i < MANY; i += 2)
		munmap(pages[i], PAGE);
	enter();
	ret = write(fd, "1", 1);
	leave();
	if (ret != 1)
		die("compact_memory");
	close(fd);
	for (i = 0; i < MANY; i += 2)
		check_and_unmap(pages[i], n + i);
}

void move(unsigned long n)
{
	unsigned char *page = filled(n), *to = fresh();

	enter();
	to = mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	leave();
	want(to != MAP_FAILED, "mremap");
	check_and_unmap(to, n);
}

void start_merging(void)
{
	/* Disable smart_scan, or ksmd would skip pages that it has seen before and not merged. */
	put_into("/sys/kernel/mm/ksm/smart_scan", 0);
	put_into("/sys/kernel/mm/ksm/run", 1);
}

/*
 * Wait until ksmd merges two equal pages. ksmd holds the mmap_lock while it does, so a munmap()
 * between enter() and leave() waits for ksmd.
 */
void merge(unsigned long n)
{
	unsigned char expected[PAGE];
	unsigned char *one = filled(n), *other = filled(n);
	double until = now() + 120;

	memcpy(one, &n, sizeof(n));
	memcpy(expected, one, PAGE);
	memcpy(other, one, PAGE);
	madvise(one, PAGE, MADV_MERGEABLE);
	madvise(other, PAGE, MADV_MERGEABLE);
	while ((pagemap(one) & FRAME) != (pagemap(other) & FRAME)) {
		if (now() > until)
			bad(row, "equal pages are not merged");
		enter();
		munmap(fresh(), PAGE);
		leave();
		usleep(5000);
	}
	compare(one, expected);
	one[0]++;
	compare(other, expected);
	munmap(one, PAGE);
	munmap(other, PAGE);
}
