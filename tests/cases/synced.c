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
#define TRIES	50	/* seconds */

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

int main(void)
{
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR };

	if (adjtimex(&tx) < 0) {
		perror("adjtimex");
		return 1;
	}
	if (access(RTC, F_OK))
		return 0;
	for (int i = 0; labs(rtc_ahead()) > 2; i++) {
		if (i == TRIES) {
			fprintf(stderr, "synced: the RTC is ahead by %ld s\n", rtc_ahead());
			return 1;
		}
		sleep(1);
	}
	return 0;
}
