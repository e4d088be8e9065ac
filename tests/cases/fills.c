// SPDX-License-Identifier: GPL-2.0
/*
 * fills swapped|left KB FILE: in the guest, in the background, fill page after page until KB are
 * swapped out, or until only KB are available. Then check each page and fill it again, forever.
 * FILE has the number of pages checked, or BAD if the content of a page was wrong.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096UL
#define WORDS	(PAGE / sizeof(uint64_t))
/* Pages that are written at once, before /proc/meminfo is read again. */
#define STEP	64UL
#define MOST	(1UL << 30)

static uint64_t *memory;
static unsigned long pages;

static unsigned long meminfo(const char *name)
{
	unsigned long kb = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f) {
		perror("fills: /proc/meminfo");
		exit(1);
	}
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			kb = strtoul(line + strlen(name) + 1, NULL, 10);
	fclose(f);
	return kb;
}

/* Write a page. The content depends on the page, the word in the page, and the turn. */
static void write_page(unsigned long n, uint64_t turn)
{
	uint64_t *page = memory + n * WORDS;

	for (unsigned long i = 0; i < WORDS; i++)
		page[i] = turn << 40 | n << 10 | i;
}

static int is_page(unsigned long n, uint64_t turn)
{
	const uint64_t *page = memory + n * WORDS;

	for (unsigned long i = 0; i < WORDS; i++)
		if (page[i] != (turn << 40 | n << 10 | i))
			return 0;
	return 1;
}

static void say(const char *file, const char *what, unsigned long n)
{
	FILE *f = fopen(file, "w");

	if (!f || fprintf(f, "%s%lu\n", what, n) < 0 || fclose(f))
		exit(1);
}

static void look(const char *file)
{
	unsigned long looked = 0;

	for (uint64_t turn = 0;; turn++) {
		for (unsigned long n = 0; n < pages; n++) {
			if (!is_page(n, turn)) {
				say(file, "BAD page ", n);
				exit(1);
			}
			write_page(n, turn + 1);
			if (++looked % STEP == 0) {
				say(file, "", looked);
				usleep(20000);
			}
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long kb;
	int swapped;

	if (argc != 4 || (strcmp(argv[1], "swapped") && strcmp(argv[1], "left"))) {
		fprintf(stderr, "usage: fills swapped|left KB FILE\n");
		return 2;
	}
	swapped = !strcmp(argv[1], "swapped");
	kb = strtoul(argv[2], NULL, 10);
	memory = mmap(NULL, MOST, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		perror("fills: mmap");
		return 1;
	}
	madvise(memory, MOST, MADV_NOHUGEPAGE);
	/* Fork before filling: afterwards parent and child would share the pages. */
	if (daemon(1, 0)) {
		perror("fills: daemon");
		return 1;
	}
	while (swapped ? meminfo("SwapTotal") - meminfo("SwapFree") < kb :
			 meminfo("MemAvailable") > kb) {
		if ((pages + STEP) * PAGE > MOST) {
			say(argv[3], "BAD limit ", pages);
			return 1;
		}
		for (unsigned long i = 0; i < STEP; i++)
			write_page(pages++, 0);
	}
	say(argv[3], "", 0);
	look(argv[3]);
}
