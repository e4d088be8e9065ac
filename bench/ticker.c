// SPDX-License-Identifier: GPL-2.0
/*
 * ticker: report how long a process in a guest did not run, for instance because of a suspend.
 *
 * The process sleeps for a millisecond each time. If it has not run for LONG cycles of the TSC, it
 * prints when it ran last, and when it ran again, in cycles.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <x86intrin.h>

int main(int argc, char **argv)
{
	uint64_t longest = argc > 1 ? strtoull(argv[1], NULL, 10) : 3000000;
	struct timespec tick = { .tv_nsec = 1000000 };
	uint64_t last = __rdtsc();

	prctl(PR_SET_TIMERSLACK, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		uint64_t now;

		nanosleep(&tick, NULL);
		now = __rdtsc();
		/* The process may be stopped again while it prints, so repeat the check. */
		while (now - last >= longest) {
			printf("%lu\t%lu\n", last, now);
			last = now;
			now = __rdtsc();
		}
		last = now;
	}
}
