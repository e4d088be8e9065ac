// SPDX-License-Identifier: GPL-2.0
/*
 * window cow|mkwrite DISK: write to pages that can only be read so far, of a private
 * mapping or of one that is shared, and see that each write comes to the page, the whole
 * page, and no other.
 *
 * Says of each write how many there were, how many of them took longer than half a
 * second, and during how many of those the domain was restored; or BAD. DISK is written
 * to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096
#define PAGES	1024

static int disk;
static unsigned long writes, slow, met;

static void die(const char *what)
{
	printf("BAD: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned int generation(void)
{
	unsigned int n;
	FILE *f = fopen("/sys/hypervisor/suspend/generation", "r");

	if (!f || fscanf(f, "%u", &n) != 1)
		die("generation");
	fclose(f);
	return n;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void on_disk(unsigned char *page, unsigned long n)
{
	if (pread(disk, page, PAGE, n * PAGE) != PAGE)
		die("read");
}

static void write_to(volatile unsigned char *byte, unsigned char value)
{
	unsigned int before = generation();
	double start = now();

	*byte = value;
	writes++;
	/* It may have been suspended for that long, too; so this is no proof. */
	if (now() - start > 0.5)
		slow++;
	if (generation() != before)
		met++;
}

/* The page is read, so mapped, and then written to. */
static void try_page(unsigned long n, bool shared)
{
	unsigned char was[PAGE], is[PAGE], expected[PAGE];
	unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   shared ? MAP_SHARED : MAP_PRIVATE, disk, n * PAGE);

	if (page == MAP_FAILED)
		die("mmap");
	memcpy(was, page, PAGE);
	memcpy(expected, was, PAGE);
	expected[n % PAGE]++;
	write_to(page + n % PAGE, expected[n % PAGE]);
	if (memcmp(page, expected, PAGE))
		die("the page is not what was written");
	on_disk(is, n);
	if (memcmp(is, shared ? expected : was, PAGE))
		die("the file is not what was written");
	munmap(page, PAGE);
}

int main(int argc, char **argv)
{
	unsigned long n;
	bool shared = argc == 3 && !strcmp(argv[1], "mkwrite");

	if (argc != 3 || (!shared && strcmp(argv[1], "cow"))) {
		fprintf(stderr, "usage: window cow|mkwrite DISK\n");
		return 2;
	}
	disk = open(argv[2], O_RDWR);
	if (disk < 0)
		die(argv[2]);
	for (n = 0;; n = (n + 1) % PAGES) {
		try_page(n, shared);
		printf("%lu %lu %lu\n", writes, slow, met);
		fflush(stdout);
		if (writes % 16 == 0)
			fdatasync(disk);
	}
}
