// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: median (of an even number, the mean of the two in the middle)
 * and 90th percentile (the least value that 90 % do not exceed).
 */
#include <stdlib.h>
#include <string.h>

#include "suspend-report.h"

/* Stopped phases run at the bottom of the thread's, a guest type's below. */
int nesting(const char *level)
{
	if (!strcmp(level, "thread") || !strcmp(level, "fast"))
		return 0;
	return strcmp(level, "stopped") && strcmp(level, "parked") ? 2 : 1;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_shape(const struct suspend *a, const struct suspend *b)
{
	if (a->nr != b->nr || !same_text(a->outcome, b->outcome) ||
	    !same_text(a->failed, b->failed))
		return false;
	for (size_t i = 0; i < a->nr; i++) {
		const struct record *x = &a->records[i], *y = &b->records[i];

		if (x->up != y->up || x->err != y->err ||
		    !same_text(x->level, y->level) ||
		    !same_text(x->phase, y->phase))
			return false;
	}
	return true;
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
		c.share += v[i];	/* divided once the sum is known */
	return c;
}

static void fill_group(struct group *g, size_t index, const struct report *r)
{
	const struct suspend *first = g->first;
	double *v = grow(NULL, g->nr, sizeof(*v));
	double all = 0;

	g->costs = grow(NULL, first->nr, sizeof(*g->costs));
	for (size_t i = 0; i < first->nr; i++) {
		size_t nr = 0;

		for (size_t k = 0; k < r->nr; k++)
			if (r->suspends[k].group == index)
				v[nr++] = r->suspends[k].records[i].ns;
		g->costs[i] = cost_of(v, nr);
		g->way[first->records[i].up] += g->costs[i].median;
		all += g->costs[i].share;
	}
	for (size_t i = 0; i < first->nr; i++)
		g->costs[i].share = all ? g->costs[i].share / all : 0;
	free(v);
}

void make_groups(struct report *r)
{
	for (size_t i = 0; i < r->nr; i++) {
		struct suspend *s = &r->suspends[i];

		while (s->group < r->nr_groups &&
		       !same_shape(r->groups[s->group].first, s))
			s->group++;
		if (s->group == r->nr_groups) {
			r->groups = grow(r->groups, ++r->nr_groups,
					 sizeof(*r->groups));
			r->groups[s->group] = (struct group){ .first = s };
		}
		r->groups[s->group].nr++;
	}
	for (size_t i = 0; i < r->nr_groups; i++)
		fill_group(&r->groups[i], i, r);
}
