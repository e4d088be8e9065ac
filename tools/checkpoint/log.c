// SPDX-License-Identifier: GPL-2.0
/*
 * Handle the log messages of libxl and of the helper. A save that fails logs many errors, and the
 * first one is the cause. Messages with HELPER_CONTEXT are reports of the helper.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xentoollog.h>

#include "main.h"

enum { PROGRESS_MS = 10000 };

static char first[WHY_BYTES];
static bool everything;

static void take_round(const char *text)
{
	unsigned int number;
	unsigned long pages;
	double ms;

	if (sscanf(text, "round %u %lu %lf", &number, &pages, &ms) == 3)
		report_round(number, pages, ms);
}

/*
 * Note that libxl has withdrawn the request: it logs this message after its transaction has
 * succeeded.
 */
static void take_withdrawal(const char *text)
{
	if (!strstr(text, "didn't acknowledge suspend, cancelling request"))
		return;
	shared->withdrawn = true;
	give_up(FAILED, "the guest did not acknowledge the request to suspend within 60 s");
}

/* Return a message of libxl without its prefix: file, line, function and domain. */
static const char *message_of(const char *text)
{
	const char *domain = strstr(text, ": Domain "), *end;

	end = domain ? strchr(domain + strlen(": Domain "), ':') : NULL;
	return end ? end + 1 : text;
}

static void take(struct xentoollog_logger *logger, xentoollog_level level, int error,
		 const char *context, const char *fmt, va_list args)
{
	char text[WHY_BYTES];

	(void)logger;
	vsnprintf(text, sizeof(text), fmt, args);
	if (context && !strcmp(context, HELPER_CONTEXT)) {
		take_round(text);
		return;
	}
	if (everything)
		fprintf(stderr, "%s: %s: %s%s%s\n", program, context ? context : "", text,
			error > 0 ? ": " : "", error > 0 ? strerror(error) : "");
	if (level < XTL_ERROR)
		return;
	take_withdrawal(text);
	if (!*first)
		snprintf(first, sizeof(first), "%s", message_of(text));
}

/* Report progress each PROGRESS_MS, because a round can take minutes. */
static void take_progress(struct xentoollog_logger *logger, const char *context,
			  const char *what, int percent, unsigned long done,
			  unsigned long total)
{
	static double next;

	(void)logger;
	(void)context;
	(void)what;
	(void)done;
	if (shared->step != COPYING || !total)
		return;
	if (!next)
		next = now_ms() + PROGRESS_MS;
	if (now_ms() < next)
		return;
	next = now_ms() + PROGRESS_MS;
	report_progress(shared->rounds + 1, percent);
}

static void destroy(struct xentoollog_logger *logger)
{
	(void)logger;
}

xentoollog_logger *log_create(bool verbose)
{
	static xentoollog_logger logger = { take, take_progress, destroy };

	everything = verbose;
	return &logger;
}

const char *log_first_error(void)
{
	return *first ? first : NULL;
}
