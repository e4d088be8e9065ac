// SPDX-License-Identifier: GPL-2.0
/* Read the results of bench/run: DIR/points, with samples and profiles, and DIR/metrics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

const char *const columns[NR_COLUMNS] = {
	"down_us", "up_us", "gap_us", "store_us", "calls", "events", "run_us", "wait_us",
	"pause_us",
};

struct point points[MAX_POINTS];
size_t nr_points;
struct metric metrics[MAX_METRICS];
size_t nr_metrics;

static struct series *new_series(const char *kernel)
{
	struct series *s = calloc(1, sizeof(*s));

	if (!s)
		die("out of memory");
	snprintf(s->kernel, sizeof(s->kernel), "%s", kernel);
	return s;
}

static struct series *read_series(const char *dir, const char *point, const char *kernel)
{
	struct series *s = new_series(kernel);
	char name[128];
	FILE *in;

	snprintf(name, sizeof(name), "%s/%s.samples", point, kernel);
	in = open_file(dir, name, "r");
	for (; s->nr < MAX_SAMPLES; s->nr++) {
		int got = 0;

		for (int c = 0; c < NR_READ; c++)
			got += fscanf(in, "%lf", &s->v[c][s->nr]) == 1;
		if (got != NR_READ)
			break;
		s->v[PAUSE][s->nr] = s->v[DOWN][s->nr] + s->v[UP][s->nr];
	}
	fclose(in);
	if (!s->nr)
		die("%s: no samples", name);
	for (int c = 0; c < NR_COLUMNS; c++)
		sort(s->v[c], s->nr);
	return s;
}

static struct call *find_call(struct point *p, const char *name)
{
	for (size_t i = 0; i < p->nr_calls; i++)
		if (!strcmp(p->calls[i].name, name))
			return &p->calls[i];
	if (p->nr_calls == MAX_CALLS)
		die("%s: more than %d hypercalls", p->name, MAX_CALLS);
	snprintf(p->calls[p->nr_calls].name, sizeof(p->calls->name), "%s", name);
	return &p->calls[p->nr_calls++];
}

/*
 * Read how often a kernel made each hypercall. A profile has a line for each block of suspends. The
 * mean is the sum of all blocks divided by the number of all suspends.
 */
static void read_profile(const char *dir, struct point *p, size_t k)
{
	char file[128], name[32], way[8];
	double n;
	FILE *in;

	snprintf(file, sizeof(file), "%s/%s.profile", p->name, p->s[k]->kernel);
	in = open_file(dir, file, "r");
	while (fscanf(in, "%7s %31s %lf %*u", way, name, &n) == 3)
		find_call(p, name)->mean[k][!strcmp(way, "up")] += n / p->s[k]->nr;
	fclose(in);
}

static void read_point(const char *dir, char *line)
{
	struct point *p = &points[nr_points];
	char *save, *word;

	if (nr_points++ == MAX_POINTS)
		die("more than %d points", MAX_POINTS);
	if (sscanf(line, "%39s %23s %lf", p->name, p->factor, &p->value) != 3)
		die("points: not a point: %s", line);
	strtok_r(line, " \n", &save);
	strtok_r(NULL, " \n", &save);
	strtok_r(NULL, " \n", &save);
	while ((word = strtok_r(NULL, " \n", &save)) && p->nr < MAX_KERNELS) {
		p->s[p->nr] = read_series(dir, p->name, word);
		read_profile(dir, p, p->nr++);
	}
}

/* Return the end of the consecutive points that have the same factor as point @i. */
size_t end_of_factor(size_t i)
{
	size_t end = i + 1;

	while (end < nr_points && !strcmp(points[i].factor, points[end].factor))
		end++;
	return end;
}

static struct metric *find_metric(const char *name, const char *unit)
{
	struct metric *m;

	for (size_t i = 0; i < nr_metrics; i++)
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	if (nr_metrics == MAX_METRICS)
		die("more than %d metrics", MAX_METRICS);
	m = &metrics[nr_metrics++];
	snprintf(m->name, sizeof(m->name), "%s", name);
	snprintf(m->unit, sizeof(m->unit), "%s", unit);
	return m;
}

static struct series *series_of(struct metric *m, const char *kernel)
{
	for (size_t k = 0; k < m->nr; k++)
		if (!strcmp(m->s[k]->kernel, kernel))
			return m->s[k];
	if (m->nr == MAX_KERNELS)
		die("%s: more than %d kernels", m->name, MAX_KERNELS);
	m->s[m->nr] = new_series(kernel);
	return m->s[m->nr++];
}

static void read_metrics(const char *dir)
{
	FILE *in = open_file(dir, "metrics", "r");
	char name[40], unit[24], kernel[24];
	double v;

	while (fscanf(in, "%39s %23s %23s %lf", name, unit, kernel, &v) == 4) {
		struct series *s = series_of(find_metric(name, unit), kernel);

		if (s->nr == MAX_SAMPLES)
			die("%s: more than %d samples", name, MAX_SAMPLES);
		s->v[0][s->nr++] = v;
	}
	fclose(in);
	for (size_t i = 0; i < nr_metrics; i++)
		for (size_t k = 0; k < metrics[i].nr; k++)
			sort(metrics[i].s[k]->v[0], metrics[i].s[k]->nr);
}

/**
 *read_all - fill points[] and metrics[]
 * @dir: directory of the results of bench/run
 */
void read_all(const char *dir)
{
	FILE *in = open_file(dir, "points", "r");
	char line[256];

	while (fgets(line, sizeof(line), in))
		read_point(dir, line);
	fclose(in);
	read_metrics(dir);
	if (!nr_points && !nr_metrics)
		die("%s: nothing was measured", dir);
}
