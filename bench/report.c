// SPDX-License-Identifier: GPL-2.0
/*
 * report DIR: write the results of bench/run to DIR/report.json and DIR/report.html.
 *
 * DIR/points has a line for each point: NAME FACTOR VALUE KERNELS... For each kernel,
 * DIR/NAME/KERNEL.samples and DIR/NAME/KERNEL.profile have the output of bench/samples. DIR/metrics
 * has a line for each number: METRIC UNIT WAY NUMBER. A way is a kernel, or a kernel and a tool.
 * Each way is compared with the first one.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

void die(const char *fmt, ...)
{
	va_list args;

	fputs("report: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

FILE *open_file(const char *dir, const char *name, const char *mode)
{
	char path[4096];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		die("%s: the path is too long", dir);
	f = fopen(path, mode);
	if (!f)
		die("%s: %s", path, strerror(errno));
	return f;
}

static void json_numbers(FILE *out, const char *name, const double *v, size_t nr)
{
	fprintf(out, ",\n     \"%s\": {\"median\": %.1f, \"p90\": %.1f, \"max\": %.1f}", name,
		quantile(v, nr, 0.5), quantile(v, nr, 0.9), v[nr - 1]);
}

static void json_ratio(FILE *out, const char *name, struct ratio r)
{
	fprintf(out, ",\n     \"%s\": {\"median\": %.2f, \"low\": %.2f, \"high\": %.2f}", name,
		r.median, r.low, r.high);
}

static void json_calls(FILE *out, const struct point *p, size_t k)
{
	const char *comma = "";

	fputs(",\n     \"hypercalls\": {", out);
	for (size_t i = 0; i < p->nr_calls; i++) {
		const double *mean = p->calls[i].mean[k];

		if (!mean[0] && !mean[1])
			continue;
		fprintf(out, "%s\"%s\": {\"down\": %.1f, \"up\": %.1f}", comma,
			p->calls[i].name, mean[0], mean[1]);
		comma = ", ";
	}
	fputs("}", out);
}

static void json_kernel(FILE *out, const struct point *p, size_t k)
{
	const struct series *s = p->s[k];

	fprintf(out, "    {\"kernel\": \"%s\", \"n\": %zu", s->kernel, s->nr);
	for (int c = 0; c < NR_COLUMNS; c++)
		json_numbers(out, columns[c], s->v[c], s->nr);
	if (k)
		json_ratio(out, "pause_ratio", ratio_of(p->s[0], s, PAUSE));
	json_calls(out, p, k);
	fputs(k + 1 < p->nr ? "},\n" : "}\n", out);
}

static void json_slopes(FILE *out, size_t from, size_t to)
{
	fprintf(out, "  {\"factor\": \"%s\"", points[from].factor);
	for (size_t k = 0; k < points[from].nr; k++)
		fprintf(out, ", \"%s\": %.2f", points[from].s[k]->kernel, slope(from, to, k));
	fputs(to < nr_points ? "},\n" : "}\n", out);
}

static void json_metric(FILE *out, const struct metric *m)
{
	fprintf(out, "  {\"name\": \"%s\", \"unit\": \"%s\", \"kernels\": [\n", m->name, m->unit);
	for (size_t k = 0; k < m->nr; k++) {
		const struct series *s = m->s[k];

		fprintf(out, "    {\"kernel\": \"%s\", \"n\": %zu", s->kernel, s->nr);
		json_numbers(out, "value", s->v[0], s->nr);
		if (k)
			json_ratio(out, "ratio", ratio_of(m->s[0], s, 0));
		fputs(k + 1 < m->nr ? "},\n" : "}\n", out);
	}
}

static void write_json(const char *dir)
{
	FILE *out = open_file(dir, "report.json", "w");

	fputs("{\"points\": [\n", out);
	for (size_t i = 0; i < nr_points; i++) {
		const struct point *p = &points[i];

		fprintf(out, "  {\"name\": \"%s\", \"factor\": \"%s\", \"value\": %g, \"kernels\": [\n",
			p->name, p->factor, p->value);
		for (size_t k = 0; k < p->nr; k++)
			json_kernel(out, p, k);
		fprintf(out, "  ]}%s\n", i + 1 < nr_points ? "," : "");
	}
	fputs("], \"slopes_us\": [\n", out);
	for (size_t i = 0; i < nr_points; i = end_of_factor(i))
		json_slopes(out, i, end_of_factor(i));
	fputs("], \"metrics\": [\n", out);
	for (size_t i = 0; i < nr_metrics; i++) {
		json_metric(out, &metrics[i]);
		fprintf(out, "  ]}%s\n", i + 1 < nr_metrics ? "," : "");
	}
	fputs("]}\n", out);
	if (fclose(out))
		die("report.json: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: report DIR");
	read_all(argv[1]);
	write_json(argv[1]);
	write_html(argv[1]);
	return 0;
}
