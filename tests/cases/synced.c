// SPDX-License-Identifier: GPL-2.0
/*
 * synced: tell the kernel that its clock is right, as an NTP daemon does, and wait until
 * it has set the RTC by that, where there is one. It does so within seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define RTC	"/sys/class/rtc/rtc0/since_epoch"
#define PATIENCE	40	/* seconds */

static long rtc_ahead(void)
{
	FILE *file = fopen(RTC, "r");
	long rtc;

	if (!file || fscanf(file, "%ld", &rtc) != 1) {
		perror(RTC);
		exit(1);
	}
	fclose(file);
	return rtc - time(NULL);
}

/* The clock goes there and back: what the kernel does every 11 minutes, it does now. */
static int jolt(int seconds)
{
	struct timex tx = { .modes = ADJ_SETOFFSET, .time.tv_sec = seconds };

	return adjtimex(&tx);
}

int main(void)
{
	struct timespec start, now;
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR };

	if (jolt(1) < 0 || jolt(-1) < 0 || adjtimex(&tx) < 0) {
		perror("adjtimex");
		return 1;
	}
	if (access(RTC, F_OK))
		return 0;
	/* Not by a count: on a slow machine, to read an RTC takes seconds. */
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (now = start; labs(rtc_ahead()) > 2; clock_gettime(CLOCK_MONOTONIC, &now)) {
		if (now.tv_sec - start.tv_sec > PATIENCE) {
			fprintf(stderr, "synced: the RTC is ahead by %ld s\n", rtc_ahead());
			return 1;
		}
		sleep(1);
	}
	return 0;
}
