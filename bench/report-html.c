// SPDX-License-Identifier: GPL-2.0
/*
 * Write report.html: a plot and tables for each factor, and a table of whole operations, such as a
 * restore.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

#define WIDTH	640
#define HEIGHT	260
#define LEFT	60
#define BOTTOM	220
#define TOP	20

static const char *const colours[MAX_KERNELS] = { "#888", "#06c", "#0a5", "#c50" };

static double highest(size_t from, size_t to)
{
	double top = 1;

	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < points[i].nr; k++) {
			double v = quantile(points[i].s[k]->v[PAUSE], points[i].s[k]->nr, 0.9);

			top = v > top ? v : top;
		}
	return top;
}

static double x_of(size_t i, size_t from, size_t to)
{
	return LEFT + (to - from > 1 ? (i - from) * (WIDTH - LEFT - 40.0) / (to - from - 1) : 200);
}

static double y_of(double v, double top)
{
	return BOTTOM - v / top * (BOTTOM - TOP);
}

static void plot(FILE *out, size_t from, size_t to)
{
	double top = highest(from, to);

	fprintf(out, "<svg width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n",
		WIDTH, HEIGHT);
	for (int i = 0; i <= 4; i++)
		fprintf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#ddd\"/><text x=\"4\" y=\"%.0f\">%.1f ms</text>\n",
			LEFT, WIDTH - 20, y_of(top * i / 4, top), y_of(top * i / 4, top),
			y_of(top * i / 4, top) + 4, top * i / 4000);
	for (size_t i = from; i < to; i++) {
		fprintf(out, "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
			x_of(i, from, to), BOTTOM + 16, points[i].value);
		for (size_t k = 0; k < points[i].nr; k++) {
			const struct series *s = points[i].s[k];
			double x = x_of(i, from, to) + 4.0 * k;

			fprintf(out, "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>",
				x, x, y_of(quantile(s->v[PAUSE], s->nr, 0.1), top),
				y_of(quantile(s->v[PAUSE], s->nr, 0.9), top), colours[k]);
			fprintf(out, "<circle cx=\"%.0f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n",
				x, y_of(median(s, PAUSE), top), colours[k]);
		}
	}
	for (size_t k = 0; k < points[from].nr; k++)
		fprintf(out, "<text x=\"%zu\" y=\"%d\" fill=\"%s\">%s</text>\n",
			LEFT + 100 * k, HEIGHT - 6, colours[k], points[from].s[k]->kernel);
	fputs("</svg>\n", out);
}

static void slopes(FILE *out, size_t from, size_t to)
{
	if (to - from < 2)
		return;
	fprintf(out, "<p>Slope by %s, for each one more:", points[from].factor);
	for (size_t k = 0; k < points[from].nr; k++)
		fprintf(out, "%s %s %.1f us", k ? "," : "", points[from].s[k]->kernel,
			slope(from, to, k));
	fputs(".</p>\n", out);
}

static void ratio_cell(FILE *out, struct ratio r)
{
	if (!r.median)
		fputs("<td>none", out);
	else if (r.median >= 1)
		fprintf(out, "<td>1 / %.1f (%.1f ... %.1f)", r.median, r.low, r.high);
	else
		fprintf(out, "<td>%.1f (%.1f ... %.1f)", 1 / r.median, 1 / r.high, 1 / r.low);
}

static void row(FILE *out, const struct point *p, size_t k)
{
	const struct series *s = p->s[k];

	fprintf(out, "<tr><td>%g<td>%s<td>%zu<td>%.2f<td>%.2f<td><b>%.2f</b><td>%.2f<td>%.2f<td>%.2f<td>%.2f<td>%.2f<td>%.0f",
		p->value, s->kernel, s->nr, median(s, DOWN) / 1000, median(s, UP) / 1000,
		median(s, PAUSE) / 1000, quantile(s->v[PAUSE], s->nr, 0.9) / 1000,
		s->v[PAUSE][s->nr - 1] / 1000, median(s, RUN) / 1000, median(s, WAIT) / 1000,
		median(s, GAP) / 1000, median(s, CALLS));
	if (k)
		ratio_cell(out, ratio_of(p->s[0], s, PAUSE));
	else
		fputs("<td>", out);
	fputs("</tr>\n", out);
}

static void table(FILE *out, size_t from, size_t to)
{
	fprintf(out, "<table><tr><th>%s<th>kernel<th>n<th>down<th>up<th>pause, median<th>p90<th>max<th>ran<th>no pCPU<th>process stopped<th>hypercalls<th>relative to stock</tr>\n",
		points[from].factor);
	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < points[i].nr; k++)
			row(out, &points[i], k);
	fputs("</table>\n", out);
}

/*
 * Write how often each hypercall was made at the last point of a factor, which has the largest
 * value.
 */
static void profile(FILE *out, const struct point *p)
{
	fprintf(out, "<details><summary>Hypercalls in a pause, by kind, at %g</summary>\n<table><tr><th>",
		p->value);
	for (size_t k = 0; k < p->nr; k++)
		fprintf(out, "<th>%s, down<th>up", p->s[k]->kernel);
	fputs("</tr>\n", out);
	for (size_t i = 0; i < p->nr_calls; i++) {
		fprintf(out, "<tr><td>%s", p->calls[i].name);
		for (size_t k = 0; k < p->nr; k++)
			fprintf(out, "<td>%.1f<td>%.1f", p->calls[i].mean[k][0],
				p->calls[i].mean[k][1]);
		fputs("</tr>\n", out);
	}
	fputs("</table></details>\n", out);
}

static void metric_rows(FILE *out, const struct metric *m)
{
	for (size_t k = 0; k < m->nr; k++) {
		const struct series *s = m->s[k];

		fprintf(out, "<tr><td>%s<td>%s<td>%zu<td>%.2f<td>%.2f<td>%.2f<td>%s",
			k ? "" : m->name, s->kernel, s->nr, median(s, 0),
			quantile(s->v[0], s->nr, 0.9), s->v[0][s->nr - 1], m->unit);
		if (k)
			ratio_cell(out, ratio_of(m->s[0], s, 0));
		else
			fputs("<td>", out);
		fputs("</tr>\n", out);
	}
}

static void metric_table(FILE *out)
{
	if (!nr_metrics)
		return;
	fputs("<h2>Whole operations</h2>\n<table><tr><th><th>way<th>n<th>median<th>p90<th>max<th><th>relative to the first</tr>\n", out);
	for (size_t i = 0; i < nr_metrics; i++)
		metric_rows(out, &metrics[i]);
	fputs("</table>\n", out);
}

void write_html(const char *dir)
{
	FILE *out = open_file(dir, "report.html", "w");

	fputs("<!DOCTYPE html><meta charset=\"utf-8\"><title>How long a suspend stops a guest</title>\n"
	      "<style>body{font-family:sans-serif;max-width:60em;margin:2em}td,th{padding:2px 8px;text-align:right}</style>\n"
	      "<h1>How long a suspend stops a guest</h1>\n"
	      "<p>Times are in ms. Down: from the guest's first reaction to the request until its hypercall. Up: from its return until a process runs. "
	      "Pause: down and up together. Ran: time within the pause with at least one vCPU running. No pCPU: time with none running, and at least one runnable. "
	      "Process stopped: how long the process did not run, including the toolstack's time. "
	      "Points are medians, and lines reach from the 10th to the 90th percentile. Brackets contain the 95 % confidence interval of a ratio.</p>\n", out);
	for (size_t i = 0; i < nr_points; i = end_of_factor(i)) {
		fprintf(out, "<h2>By %s</h2>\n", points[i].factor);
		plot(out, i, end_of_factor(i));
		table(out, i, end_of_factor(i));
		slopes(out, i, end_of_factor(i));
		profile(out, &points[end_of_factor(i) - 1]);
	}
	metric_table(out);
	if (fclose(out))
		die("report.html: %s", strerror(errno));
}
