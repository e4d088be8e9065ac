// SPDX-License-Identifier: GPL-2.0
/*
 * dirtier RATE AREA: in the guest, write to RATE MB of pages per second, one byte each, in turn
 * over AREA MB of memory.
 *
 * Once per second, dirtier prints how many seconds have passed, and how many pages it has written
 * in all. After a pause, dirtier makes up for at most LATE_MS. Otherwise it would write a burst.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE		4096
#define PAGES_PER_MB	256
#define STEP_MS		5
#define LATE_MS		50

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct timespec step = { .tv_nsec = STEP_MS * 1000000 };
	double rate = argc == 3 ? strtod(argv[1], NULL) * PAGES_PER_MB : 0;
	size_t pages = argc == 3 ? strtoul(argv[2], NULL, 10) * PAGES_PER_MB : 0;
	double start = now(), last = start, said = start, due = 0;
	unsigned long written = 0;
	uint8_t *area;

	if (rate <= 0 || !pages)
		return 2;
	area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (area == MAP_FAILED)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		double t = now(), passed = t - last;

		last = t;
		due += (passed < LATE_MS / 1e3 ? passed : LATE_MS / 1e3) * rate;
		for (; due >= 1; due--, written++)
			area[written % pages * PAGE]++;
		if (t - said >= 1) {
			said = t;
			printf("%.3f %lu\n", t - start, written);
		}
		nanosleep(&step, NULL);
	}
}
