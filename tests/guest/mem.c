// SPDX-License-Identifier: GPL-2.0
/*
 * mem MEGABYTES: in the guest, fill pages with a known pattern, and check them again
 * and again. Each word depends on its page and on the generation of its slice. So a word
 * is wrong if a restore has lost a page, exchanged two pages, or restored old content.
 *
 * Each sweep checks one word of every page, and all words of a few slices, which then
 * get new contents. So all pages are checked within seconds after a save, even under
 * emulation.
 */
#include <sys/mman.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define PAGE		4096UL
#define WORDS		(PAGE / sizeof(uint64_t))
#define SLICE_PAGES	32
#define SLICE		(SLICE_PAGES * PAGE)
#define MAX_MB		1024
#define RENEWED		8	/* slices that get new contents in each sweep */
#define PAUSE_MS	20

/*
 * Between two checks, a slice is writable, read-only or inaccessible. A restore must
 * translate all three kinds of page table entries to frames of the new domain.
 */
static const int rest_prot[] = {
	PROT_READ | PROT_WRITE,
	PROT_READ,
	PROT_NONE,
};

static uint64_t seed;
static char *area;
static unsigned long nr_slices;
static uint64_t generation[(MAX_MB << 20) / SLICE];	/* of each slice */

static uint64_t word(uint64_t base, unsigned long i)
{
	/* The bits of base are mixed already. The odd factor makes all words of a page differ. */
	return base + i * 0x9e3779b97f4a7c15ULL;
}

static uint64_t page_base(unsigned long slice, unsigned long page)
{
	return mix64(seed ^ mix64(generation[slice]) ^
		     (slice * SLICE_PAGES + page) << 20);
}

static uint64_t *page_at(unsigned long slice, unsigned long page)
{
	return (uint64_t *)(area + slice * SLICE + page * PAGE);
}

static void verify(unsigned long slice, unsigned long page, unsigned long i)
{
	uint64_t *p = page_at(slice, page) + i;
	uint64_t want = word(page_base(slice, page), i);

	if (*p != want)
		report_fail("page %lu at %p generation %lu: got %016lx, expected %016lx",
			    slice * SLICE_PAGES + page, (void *)p,
			    generation[slice], *p, want);
}

static void protect(unsigned long slice, int prot)
{
	if (mprotect(page_at(slice, 0), SLICE, prot))
		report_fail("mprotect(%p, %d): %m", (void *)page_at(slice, 0),
			    prot);
}

static int prot_of(unsigned long slice)
{
	return rest_prot[(slice + generation[slice]) % ARRAY_SIZE(rest_prot)];
}

static void glance(unsigned long slice)
{
	unsigned long i = rnd() % WORDS;

	if (prot_of(slice) == PROT_NONE)
		protect(slice, PROT_READ);
	for (unsigned long page = 0; page < SLICE_PAGES; page++)
		verify(slice, page, i);
	if (prot_of(slice) == PROT_NONE)
		protect(slice, PROT_NONE);
}

static void fill(unsigned long slice)
{
	generation[slice]++;
	for (unsigned long page = 0; page < SLICE_PAGES; page++) {
		uint64_t base = page_base(slice, page);
		uint64_t *p = page_at(slice, page);

		for (unsigned long i = 0; i < WORDS; i++)
			p[i] = word(base, i);
	}
	protect(slice, prot_of(slice));
}

static void renew(unsigned long slice)
{
	protect(slice, PROT_READ | PROT_WRITE);
	for (unsigned long page = 0; page < SLICE_PAGES; page++)
		for (unsigned long i = 0; i < WORDS; i++)
			verify(slice, page, i);
	fill(slice);
}

static void sweep(void)
{
	static unsigned long next;	/* slice to renew */
	int64_t begin = now_ns(CLOCK_MONOTONIC);

	for (unsigned long slice = 0; slice < nr_slices; slice++)
		glance(slice);
	rest(begin, PAUSE_MS);
	for (int i = 0; i < RENEWED; i++) {
		begin = now_ns(CLOCK_MONOTONIC);
		renew(next);
		next = (next + 1) % nr_slices;
		rest(begin, PAUSE_MS);
	}
}

int mem_main(int argc, char **argv)
{
	unsigned long mb;

	report_attach();
	if (argc != 2)
		die("usage: mem MEGABYTES");
	mb = parse_number(argv[1], "MEGABYTES", 1, MAX_MB);
	nr_slices = (mb << 20) / SLICE;
	seed = rnd();
	area = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		report_fail("mmap of %lu MB: %m", mb);
	for (unsigned long slice = 0; slice < nr_slices; slice++)
		fill(slice);
	for (;;) {
		sweep();
		report_add(1);
		report_detail("%lu MB at %p, slice 0 in generation %lu", mb,
			      (void *)area, generation[0]);
	}
}
