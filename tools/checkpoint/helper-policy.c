// SPDX-License-Identifier: GPL-2.0
/*
 * Decide when to stop copying while the domain runs. libxenguest calls the policy before each round
 * with the number of dirty pages, and after it with -1. The last round is copied while the domain
 * runs, too. Only the pages that become dirty during this round are left for the pause. So the
 * pause is estimated from the rate at which pages become dirty:
 *
 *	left  = rate * (time that this round takes)
 *	pause = PAUSE_MS + left * (time of a page)
 *
 * --rate makes rounds longer, but not the pause. So the time of a page does not include the time
 * that the round waits because of --rate.
 *
 *	estimate			with --max-pause	without
 *	first round			copy			copy
 *	at most --max-pause		stop			-
 *	at most that of FEW pages	-			stop
 *	any, fewer than FEW pages	stop			stop
 *	falls by a fifth or more	copy again		copy again
 *	otherwise, or after the most	give up			stop: this round is the last
 *	rounds (MOST_FOR_LIMIT, MOST)
 *
 * Each round slows down the programs in the guest, because Xen write-protects all pages again.
 */
#include <stdio.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xentoollog.h>

#include "checkpoint.h"

enum {
	FEW = 50,	/* pages; libxenguest's own policy has the same number */
	MOST = 5,	/* rounds before the last one, as in libxenguest's own policy */
	MOST_FOR_LIMIT = 10,
};

#define PAUSE_MS 20.0	/* estimate of a pause without any page; in the pause, time is measured */
#define FALLS 0.8

static struct {
	unsigned long pages;	/* dirty pages of the current round, */
	unsigned long content;	/* and how many of them are no holes */
	double began;		/* when the round began */
	double cleaned;		/* when libxenguest last asked Xen for the dirty pages */
	double period;		/* time in which the pages became dirty */
	double waited;		/* time that this round waited because of --rate */
	double page_ms;		/* time to copy a page with content, in the round before */
	double paced_ms;	/* the same, with the waits because of --rate */
	double estimate;	/* estimate of the pause, made before this round */
} round_;

/* Return how many pages become dirty in a millisecond. */
static double rate_of(unsigned long dirty)
{
	return dirty / (round_.period + 0.001);
}

static double estimate(unsigned long dirty)
{
	double left = rate_of(dirty) * dirty * round_.paced_ms;

	return PAUSE_MS + left * round_.page_ms;
}

static void report_round(unsigned int number, double ms)
{
	char text[128];

	snprintf(text, sizeof(text), "round %u %lu %.1f", number, round_.pages, ms);
	message_log(XTL_NOTICE, 0, HELPER_CONTEXT, text);
}

/*
 * Count pages with content. Holes take little time, and a PVH domain of 128 MB has 32 holes for
 * each page.
 */
void policy_copies(unsigned int content)
{
	round_.content += content;
}

void policy_waited(double ms)
{
	round_.waited += ms;
}

/*
 * Measure the round that has ended. ask() also calls this, because libxenguest does not call the
 * policy after the last round.
 */
void policy_round_ended(void)
{
	unsigned long pages = round_.content ? round_.content : round_.pages;
	double ms = now_ms() - round_.began;

	if (!round_.pages)
		return;
	round_.paced_ms = ms / pages;
	round_.page_ms = (ms - round_.waited) / pages;
	report_round(++shared->rounds, ms);
	round_.pages = 0;
}

static int ended(void)
{
	policy_round_ended();
	/* libxenguest asks Xen for the dirty pages next, so the period ends here. */
	round_.period = now_ms() - round_.cleaned;
	round_.cleaned += round_.period;
	return shared->status ? XGS_POLICY_ABORT : XGS_POLICY_CONTINUE_PRECOPY;
}

static int give_up_pages(unsigned long dirty, double pause)
{
	give_up(TOO_LONG, "--max-pause %.0f: the pause would be about %.0f ms. The guest writes %.1f MB/s, and dom0 copies %.1f MB/s.",
		shared->max_pause_ms, pause, rate_of(dirty) * XC_PAGE_SIZE / 1e3,
		XC_PAGE_SIZE / round_.paced_ms / 1e3);
	return XGS_POLICY_ABORT;
}

/*
 * Decide before a round whether another round follows it, whether it is the last one, or whether to
 * give up.
 */
static int begins(unsigned int iteration, unsigned long dirty)
{
	double before = round_.estimate, limit = shared->max_pause_ms;
	unsigned int most = limit ? MOST_FOR_LIMIT : MOST;
	double pause = iteration ? estimate(dirty) : 0;
	double enough = limit ? limit : PAUSE_MS + FEW * round_.page_ms;

	round_.pages = dirty;
	round_.content = 0;
	round_.waited = 0;
	round_.began = now_ms();
	round_.estimate = pause;
	if (shared->status)
		return XGS_POLICY_ABORT;
	if (!iteration) {
		round_.cleaned = round_.began;
		return XGS_POLICY_CONTINUE_PRECOPY;
	}
	if (pause <= enough || dirty < FEW)
		return XGS_POLICY_STOP_AND_COPY;
	if (iteration < most && (!before || pause < before * FALLS))
		return XGS_POLICY_CONTINUE_PRECOPY;
	return limit ? give_up_pages(dirty, pause) : XGS_POLICY_STOP_AND_COPY;
}

int policy_next(unsigned int iteration, long dirty)
{
	saver_give_up();
	return dirty < 0 ? ended() : begins(iteration, dirty);
}

/*
 * In the pause, the number of dirty pages is known. If the pause would exceed --max-pause, give up,
 * and resume the domain.
 */
bool policy_can_stop(unsigned long dirty)
{
	double limit = shared->max_pause_ms;
	double pause = now_ms() - shared->at[AT_SUSPENDED] + dirty * round_.page_ms;

	if (!limit || pause <= limit)
		return true;
	give_up(TOO_LONG, "--max-pause %.0f: the pause would be about %.0f ms. %lu pages are left.",
		limit, pause, dirty);
	stream_break();
	helper_resume();
	return false;
}
