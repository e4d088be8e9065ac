// SPDX-License-Identifier: GPL-2.0
/*
 * ticker: what a process sees of a suspend, in the guest.
 *
 * It wants to run each millisecond. Where it does not for LONG cycles and more, it
 * says from when to when, in cycles of the TSC.
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
		/* It may be held up as it says so, too. */
		while (now - last >= longest) {
			printf("%lu\t%lu\n", last, now);
			last = now;
			now = __rdtsc();
		}
		last = now;
	}
}
