// SPDX-License-Identifier: GPL-2.0
/*
 * Calculate the median and the 90th percentile. The median of an even number of values is the mean
 * of the two values in the middle. The 90th percentile is the least value that 90 % of the values
 * do not exceed.
 */
#include <stdlib.h>
#include <string.h>

#include "suspend-report.h"

/*
 * Return how deep the table of this level is nested. The tables "stopped" and "parked" run below a
 * table of a thread, and the table of a guest type runs below these.
 */
int nesting(const char *level)
{
	if (!strcmp(level, "thread") || !strcmp(level, "fast"))
		return 0;
	return strcmp(level, "stopped") && strcmp(level, "parked") ? 2 : 1;
}

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

static int compare_records(const struct record *x, const struct record *y)
{
	if (x->up != y->up || x->err != y->err)
		return x->up != y->up ? x->up - y->up : x->err - y->err;
	return compare_text(x->level, y->level) ?: compare_text(x->phase, y->phase);
}

static int compare_shapes(const struct suspend *a, const struct suspend *b)
{
	int diff = compare_text(a->outcome, b->outcome) ?: compare_text(a->failed, b->failed);

	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	for (size_t i = 0; i < a->nr && !diff; i++)
		diff = compare_records(&a->records[i], &b->records[i]);
	return diff;
}

/* Sort suspends by shape. Suspends of the same shape keep the order in which they were read. */
static int by_shape(const void *a, const void *b)
{
	const struct suspend *x = *(const struct suspend *const *)a;
	const struct suspend *y = *(const struct suspend *const *)b;

	return compare_shapes(x, y) ?: (x > y) - (x < y);
}

static int by_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct cost cost_of(double *v, size_t nr)
{
	struct cost c = { 0 };

	qsort(v, nr, sizeof(*v), by_value);
	c.median = (v[(nr - 1) / 2] + v[nr / 2]) / 2;
	c.p90 = v[(nr * 9 + 9) / 10 - 1];
	c.max = v[nr - 1];
	for (size_t i = 0; i < nr; i++)
		c.share += v[i];	/* fill_group() divides this sum by the total */
	return c;
}

static void fill_group(struct group *g, size_t index)
{
	const struct suspend *first = g->first;
	double *v = grow(NULL, g->nr, sizeof(*v));
	double all = 0;

	for (size_t k = 0; k < g->nr; k++)
		g->members[k]->group = index;
	g->costs = grow(NULL, first->nr, sizeof(*g->costs));
	for (size_t i = 0; i < first->nr; i++) {
		for (size_t k = 0; k < g->nr; k++)
			v[k] = g->members[k]->records[i].ns;
		g->costs[i] = cost_of(v, g->nr);
		g->way[first->records[i].up] += g->costs[i].median;
		all += g->costs[i].share;
	}
	for (size_t i = 0; i < first->nr; i++)
		g->costs[i].share = all ? g->costs[i].share / all : 0;
	free(v);
}

/*
 * Group suspends of the same shape. Sort them first, because a guest can write records in which
 * each suspend has another shape. n^2 comparisons would take too long.
 */
void make_groups(struct report *r)
{
	struct suspend **sorted = grow(NULL, r->nr, sizeof(*sorted));
	struct group *g = NULL;

	for (size_t i = 0; i < r->nr; i++)
		sorted[i] = &r->suspends[i];
	qsort(sorted, r->nr, sizeof(*sorted), by_shape);
	r->groups = grow(NULL, r->nr, sizeof(*r->groups));
	for (size_t i = 0; i < r->nr; i++) {
		if (!g || compare_shapes(g->first, sorted[i])) {
			g = &r->groups[r->nr_groups++];
			*g = (struct group){ .first = sorted[i], .members = sorted + i };
		}
		g->nr++;
	}
	qsort(r->groups, r->nr_groups, sizeof(*r->groups), by_first);
	for (size_t i = 0; i < r->nr_groups; i++)
		fill_group(&r->groups[i], i);
}
