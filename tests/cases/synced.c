// SPDX-License-Identifier: GPL-2.0
/*
 * synced: in the guest, mark the kernel's clock as synchronized, as an NTP daemon does. If
 * there is an RTC, wait until the kernel has set it by its clock, which takes seconds.
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

/* Step the clock. After a step, the kernel sets the RTC at once, not only after 11 minutes. */
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
	/* Limit the time, and not the attempts: on a slow machine, reading an RTC takes seconds. */
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
