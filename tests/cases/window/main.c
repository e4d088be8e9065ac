// SPDX-License-Identifier: GPL-2.0
/*
 * window DISK ROW...: in the guest, for each ROW, a process makes the kernel change a page
 * table, again and again, and checks the content of the pages. ROW selects a function of the
 * kernel, which may sleep while it keeps a page table entry. DISK is overwritten. When the
 * first process ends, the kernel kills all others.
 *
 * After each change, a process writes to /tmp/window-ROW.log: the number of changes; in how
 * many of them the kernel slept for longer than SLOW; and in how many of these the domain was
 * restored. If a page is wrong, it writes BAD, and ends. A process has the name window-ROW
 * during a change, and "window" otherwise. The mutants tests/mutants/window-* make the kernel
 * sleep in processes with these names.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "window.h"

/*
 * Seconds, by CLOCK_MONOTONIC, after which the kernel must have slept. Mutants sleep for two
 * seconds. A restore takes only some tenths of a second, because CLOCK_MONOTONIC does not count
 * the time between save and restore.
 */
#define SLOW	1.5

const char *row;
int disk;

static FILE *out;
static unsigned long tries, slow, met;
static bool was_slow, was_met;
static unsigned int generation_before;
static double since;

void bad(const char *what, const char *why)
{
	fprintf(out, "BAD: %s: %s\n", what, why);
	fflush(out);
	exit(1);
}

void die(const char *what)
{
	bad(what, strerror(errno));
}

unsigned long number_in(const char *path)
{
	unsigned long n;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%lu", &n) != 1)
		die(path);
	fclose(f);
	return n;
}

void put_into(const char *path, unsigned long n)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%lu\n", n) < 0 || fclose(f))
		die(path);
}

static unsigned int generation(void)
{
	return number_in("/sys/hypervisor/suspend/generation");
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void enter(void)
{
	char name[16];

	snprintf(name, sizeof(name), "window-%s", row);
	generation_before = generation();
	since = now();
	prctl(PR_SET_NAME, name);
}

void leave(void)
{
	int err = errno;

	prctl(PR_SET_NAME, "window");
	if (now() - since > SLOW) {
		was_slow = true;
		was_met |= generation() != generation_before;
	}
	errno = err;
}

unsigned char *map(int flags, int fd, unsigned long offset)
{
	unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, offset);

	if (page == MAP_FAILED)
		die("mmap");
	return page;
}

unsigned char *fresh(void)
{
	return map(MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void fill(unsigned char *page, unsigned long n)
{
	for (size_t i = 0; i < PAGE; i++)
		page[i] = n + i * 7 + i / 256;
}

unsigned char *filled(unsigned long n)
{
	unsigned char *page = fresh();

	fill(page, n);
	return page;
}

void compare(const unsigned char *page, const unsigned char *expected)
{
	if (memcmp(page, expected, PAGE))
		bad(row, "a page is not what was written to it");
}

void check(const unsigned char *page, unsigned long n)
{
	unsigned char expected[PAGE];

	fill(expected, n);
	compare(page, expected);
}

void check_and_unmap(unsigned char *page, unsigned long n)
{
	check(page, n);
	munmap(page, PAGE);
}

void want(bool yes, const char *what)
{
	if (!yes)
		die(what);
}

static const struct {
	const char *name;
	void (*try)(unsigned long n);
	void (*start)(void);
} rows[] = {
	/* kernel function: wp_page_copy() */
	{ .name = "cow", .try = cow },
	/* kernel function: finish_mkwrite_fault() */
	{ .name = "mkwrite", .try = mkwrite },
	/* kernel function: move_pages_pte() */
	{ .name = "ufmove", .try = ufmove, .start = start_moving },
	/* kernel function: replace_page() */
	{ .name = "ksm", .try = merge, .start = start_merging },
	/* kernel function: do_anonymous_page() */
	{ .name = "anon", .try = anon },
	/* kernel function: do_swap_page() */
	{ .name = "swapin", .try = swapin },
	/* kernel function: remove_migration_pte() */
	{ .name = "migrate", .try = migrate },
	/* kernel function: handle_userfault() */
	{ .name = "userfd", .try = served, .start = start_serving },
	/* kernel function: mfill_atomic_install_pte() */
	{ .name = "ufcopy", .try = ufcopy, .start = start_copying },
	/* kernel function: move_ptes() */
	{ .name = "mremap", .try = move },
	/* kernel function: vmap_pages_pte_range() */
	{ .name = "vmalloc", .try = vmalloc },
	/* kernel function: set_aliased_prot() */
	{ .name = "ldt", .try = ldt },
	/* kernel function: increase_reservation() */
	{ .name = "balloon", .try = balloon },
	/* kernel function: xen_pgd_alloc() */
	{ .name = "pgd", .try = pgd },
};
#define ROWS		(sizeof(rows) / sizeof(rows[0]))

static void work(size_t r)
{
	char log[64];

	row = rows[r].name;
	snprintf(log, sizeof(log), "/tmp/window-%s.log", row);
	out = fopen(log, "w");
	if (!out)
		exit(2);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (rows[r].start)
		rows[r].start();
	for (;; tries++) {
		was_slow = was_met = false;
		rows[r].try(tries);
		slow += was_slow;
		met += was_met;
		fprintf(out, "%lu %lu %lu\n", tries + 1, slow, met);
		fflush(out);
		usleep(20000);
	}
}

int main(int argc, char **argv)
{
	disk = argc > 2 ? open(argv[1], O_RDWR) : -1;
	for (int i = 2; i < argc; i++) {
		size_t r = 0;

		while (r < ROWS && strcmp(argv[i], rows[r].name))
			r++;
		if (r == ROWS || disk < 0) {
			fprintf(stderr, "usage: window DISK ROW...\n");
			return 2;
		}
		if (!fork())
			work(r);
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return 1;
}
