// SPDX-License-Identifier: GPL-2.0
/*
 * Read series.rules, the settings of an overlay. Each line has a word and its
 * values. A # begins a comment.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

#define RULES "series.rules"

struct rules rules = { .make = "" };

static unsigned int number(unsigned int line, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n > INT_MAX)
		die(RULES ":%u: \"%s\" is no number of lines", line, text);
	return n;
}

/*
 * Store a budget for sidecars: that of all sidecars, or that of one file, which
 * takes precedence.
 */
static void add_sidecar(unsigned int line, const struct list *w)
{
	unsigned int n = number(line, w->v[1]);

	if (w->n == 2) {
		rules.sidecar = n;
		return;
	}
	rules.large = grow(rules.large, rules.nr_large, sizeof(*rules.large));
	rules.large[rules.nr_large].path = w->v[2];
	rules.large[rules.nr_large++].lines = n;
}

static void take_rule(unsigned int line, const struct list *w)
{
	const char *word = w->v[0];

	if (!strcmp(word, "directories") && w->n > 1)
		for (size_t i = 1; i < w->n; i++)
			add_unique(&rules.directories, w->v[i]);
	else if (!strcmp(word, "sidecar") && (w->n == 2 || w->n == 3))
		add_sidecar(line, w);
	else if (!strcmp(word, "total") && w->n == 2)
		rules.total = number(line, w->v[1]);
	else if (!strcmp(word, "make") && w->n == 2)
		rules.make = w->v[1];
	else
		die(RULES ":%u: write \"directories DIR...\", \"sidecar LINES [FILE]\", \"total LINES\" or \"make PREFIX\"",
		    line);
}

static void check_complete(void)
{
	if (!rules.directories.n)
		die(RULES ": no line \"directories DIR...\"");
	if (!rules.sidecar)
		die(RULES ": no line \"sidecar LINES\"");
	if (!rules.total)
		die(RULES ": no line \"total LINES\"");
}

/* Read series.rules of the overlay in the current directory. */
void load_rules(void)
{
	unsigned int line = 1;
	char *end;

	if (!exists(RULES))
		die("%s: no " RULES " here: this is no overlay", overlay);
	for (char *p = slurp(RULES); *p; p = end, line++) {
		struct list w;

		end = p + strcspn(p, "\n");
		if (*end)
			*end++ = 0;
		p[strcspn(p, "#")] = 0;
		w = split(p, " \t");
		if (w.n)
			take_rule(line, &w);
	}
	check_complete();
}
