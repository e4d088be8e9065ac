// SPDX-License-Identifier: GPL-2.0
/* Print the report as text: statistics, and a timeline of bars. */
#include <string.h>

#include "suspend-report.h"

#define WIDTH 32

static void figures(FILE *out, const struct group *g, const struct cost *c)
{
	fprintf(out, "%9.3f", c->median / 1e6);
	if (g->nr > 1)
		fprintf(out, "%9.3f%9.3f", c->p90 / 1e6, c->max / 1e6);
	fprintf(out, "%6.1f%%", c->share * 100);
}

static void bar(FILE *out, double start, double len, double total, bool refused)
{
	int from = total ? start / total * WIDTH : 0;
	int to = total ? (start + len) / total * WIDTH : 0;

	fprintf(out, "  |%*s", from, "");
	if (to == from)
		fputc(refused ? '!' : '.', out);
	for (; from < to; from++)
		fputc(refused ? '!' : '#', out);
}

static void heading(FILE *out, const struct group *g, bool up)
{
	fprintf(out, "%-4s %10.3f ms", up ? "up" : "down", g->way[up] / 1e6);
	fprintf(out, "%*s", 10, "");
	fputs(g->nr > 1 ? "median      p90   max ms  share\n" :
			  "    ms  share\n", out);
}

/*
 * Print one way of a suspend, down or up. Each way has a scale of its own, so
 * bars of different ways cannot be compared.
 */
static void draw_way(FILE *out, const struct group *g, bool up)
{
	const struct suspend *s = g->first;
	double start = 0;

	heading(out, g, up);
	for (size_t i = 0; i < s->nr; i++) {
		const struct record *r = &s->records[i];

		if (r->up != up)
			continue;
		fprintf(out, "  %-8s %*s%-*s", r->level, nesting(r->level), "",
			17 - nesting(r->level), r->phase);
		figures(out, g, &g->costs[i]);
		bar(out, start, g->costs[i].median, g->way[up], r->err);
		if (r->err)
			fprintf(out, " refused: %s", error_name(r->err));
		fputc('\n', out);
		start += g->costs[i].median;
	}
}

static void draw_bottom(FILE *out, const struct suspend *s)
{
	if (!s->failed)
		fputs("---- HYPERVISOR_suspend, for an unknown time ----\n",
		      out);
	else if (!strcmp(s->failed, "hypercall"))
		fprintf(out, "---- HYPERVISOR_suspend refused: %s ----\n",
			error_name(s->err));
	else
		fprintf(out, "---- turned back, because \"%s\" refused: %s ----\n",
			s->failed, error_name(s->err));
}

static void draw_group(FILE *out, const struct group *g)
{
	const struct suspend *s = g->first;

	if (g->nr == 1)
		fprintf(out, "suspend %lu of %s: %s", s->count, s->file,
			s->outcome);
	else
		fprintf(out, "%zu suspends: %s", g->nr, s->outcome);
	if (s->failed)
		fprintf(out, " by \"%s\"", s->failed);
	if (g->nr == 1 && s->slow)
		fprintf(out, "; slow, because of %s", s->slow);
	fputc('\n', out);

	draw_way(out, g, false);
	draw_bottom(out, s);
	draw_way(out, g, true);
}

static void draw_outcomes(FILE *out, const struct report *r)
{
	fprintf(out, "%zu suspends\n", r->nr);
	for (size_t i = 0; i < r->nr_groups; i++) {
		const struct group *g = &r->groups[i];

		fprintf(out, "%7zu %s", g->nr, g->first->outcome);
		if (g->first->failed)
			fprintf(out, " by \"%s\": %s", g->first->failed,
				error_name(g->first->err));
		fputc('\n', out);
	}
}

void write_text(FILE *out, const struct report *r)
{
	if (r->nr > 1)
		draw_outcomes(out, r);
	for (size_t i = 0; i < r->nr_groups; i++) {
		if (r->nr > 1)
			fputc('\n', out);
		draw_group(out, &r->groups[i]);
	}
}
