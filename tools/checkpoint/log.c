// SPDX-License-Identifier: GPL-2.0
/*
 * What libxl and its helper log. Errors of a save are many, of which the first is the cause.
 * Lines of HELPER_CONTEXT are the helper's reports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xentoollog.h>

#include "main.h"

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
	if (level >= XTL_ERROR && !*first)
		memcpy(first, text, sizeof(first));
}

static void ignore_progress(struct xentoollog_logger *logger, const char *context,
			    const char *what, int percent, unsigned long done,
			    unsigned long total)
{
	(void)logger;
	(void)context;
	(void)what;
	(void)percent;
	(void)done;
	(void)total;
}

static void destroy(struct xentoollog_logger *logger)
{
	(void)logger;
}

xentoollog_logger *log_create(bool verbose)
{
	static xentoollog_logger logger = { take, ignore_progress, destroy };

	everything = verbose;
	return &logger;
}

const char *log_first_error(void)
{
	return *first ? first : NULL;
}
