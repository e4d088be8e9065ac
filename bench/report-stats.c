// SPDX-License-Identifier: GPL-2.0
/*
 * Calculate medians, and how certain the ratios of medians are.
 *
 * A ratio of two medians has an interval. Draw new samples at random from the measured ones, many
 * times: the interval contains 95 % of the ratios of these new samples (bootstrap).
 */
#include <stdint.h>
#include <stdlib.h>

#include "report.h"

#define DRAWS		2000

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort(double *v, size_t nr)
{
	qsort(v, nr, sizeof(*v), by_value);
}

/* Return a quantile of sorted values. */
double quantile(const double *v, size_t nr, double q)
{
	double at = q * (nr - 1);
	size_t i = at;

	return i + 1 < nr ? v[i] + (at - i) * (v[i + 1] - v[i]) : v[i];
}

double median(const struct series *s, int column)
{
	return quantile(s->v[column], s->nr, 0.5);
}

/* Random numbers begin with a fixed seed, so that the same samples give the same report. */
static uint64_t seed = 88172645463325252;

static size_t draw(size_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static double median_drawn(const struct series *s, int column)
{
	static double v[MAX_SAMPLES];

	for (size_t i = 0; i < s->nr; i++)
		v[i] = s->v[column][draw(s->nr)];
	sort(v, s->nr);
	return quantile(v, s->nr, 0.5);
}

/* Return how many times as long @base takes as @s, by their medians. */
struct ratio ratio_of(const struct series *base, const struct series *s, int column)
{
	static double v[DRAWS];

	for (int i = 0; i < DRAWS; i++) {
		double m = median_drawn(s, column);

		v[i] = m ? median_drawn(base, column) / m : 0;
	}
	sort(v, DRAWS);
	return (struct ratio){
		.median = median(s, column) ? median(base, column) / median(s, column) : 0,
		.low = quantile(v, DRAWS, 0.025),
		.high = quantile(v, DRAWS, 0.975),
	};
}

/* Return the slope of a line through the medians, by least squares: us per unit of the factor. */
double slope(size_t from, size_t to, size_t k)
{
	double n = to - from, x = 0, y = 0, xx = 0, xy = 0;

	for (size_t i = from; i < to; i++) {
		double m = median(points[i].s[k], PAUSE);

		x += points[i].value;
		y += m;
		xx += points[i].value * points[i].value;
		xy += points[i].value * m;
	}
	return n > 1 ? (n * xy - x * y) / (n * xx - x * x) : 0;
}
