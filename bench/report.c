// SPDX-License-Identifier: GPL-2.0
/*
 * report DIR: what bench/run measured, as DIR/report.json and DIR/report.html.
 *
 * DIR/points has a line for each point: NAME FACTOR VALUE KERNELS...; of each kernel,
 * DIR/NAME/KERNEL.samples has what bench/samples says, one suspend a line. The first
 * kernel is what the others are compared with.
 *
 * Ratios are of medians, with an interval that has 95 of 100 of the ratios of samples
 * that are drawn again from those that there are.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_POINTS	64
#define MAX_KERNELS	4
#define MAX_SAMPLES	4096
#define DRAWS		2000

enum { DOWN, UP, GAP, STORE, CALLS, EVENTS, NR_READ, PAUSE = NR_READ, NR_COLUMNS };

static const char *const columns[] = {
	"down_us", "up_us", "gap_us", "store_us", "calls", "events", "pause_us",
};

struct series {
	char kernel[24];
	size_t nr;
	double v[NR_COLUMNS][MAX_SAMPLES];	/* sorted each for itself by summary() */
};

struct point {
	char name[40], factor[24];
	double value;
	size_t nr;
	struct series *s[MAX_KERNELS];
};

struct ratio {
	double median, low, high;
};

static struct point points[MAX_POINTS];
static size_t nr_points;

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("report: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static FILE *open_file(const char *dir, const char *name, const char *mode)
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

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of sorted values. */
static double quantile(const double *v, size_t nr, double q)
{
	double at = q * (nr - 1);
	size_t i = at;

	return i + 1 < nr ? v[i] + (at - i) * (v[i + 1] - v[i]) : v[i];
}

static double median(const struct series *s, int column)
{
	return quantile(s->v[column], s->nr, 0.5);
}

static struct series *read_series(const char *dir, const char *point, const char *kernel)
{
	struct series *s = calloc(1, sizeof(*s));
	char name[128];
	FILE *in;

	if (!s)
		die("out of memory");
	snprintf(s->kernel, sizeof(s->kernel), "%s", kernel);
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
		qsort(s->v[c], s->nr, sizeof(double), by_value);
	return s;
}

static void read_points(const char *dir)
{
	FILE *in = open_file(dir, "points", "r");
	char line[256], *save, *word;

	while (fgets(line, sizeof(line), in)) {
		struct point *p = &points[nr_points];

		if (nr_points == MAX_POINTS)
			die("more than %d points", MAX_POINTS);
		if (sscanf(line, "%39s %23s %lf", p->name, p->factor, &p->value) != 3)
			die("points: not a point: %s", line);
		strtok_r(line, " \n", &save);
		strtok_r(NULL, " \n", &save);
		strtok_r(NULL, " \n", &save);
		while ((word = strtok_r(NULL, " \n", &save)) && p->nr < MAX_KERNELS)
			p->s[p->nr++] = read_series(dir, p->name, word);
		nr_points++;
	}
	fclose(in);
	if (!nr_points)
		die("%s/points: nothing was measured", dir);
}

/* Its own, so that the same samples give the same report. */
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
	qsort(v, s->nr, sizeof(*v), by_value);
	return quantile(v, s->nr, 0.5);
}

/* How many times as long the first takes. */
static struct ratio ratio_of(const struct series *base, const struct series *s, int column)
{
	static double v[DRAWS];

	for (int i = 0; i < DRAWS; i++) {
		double m = median_drawn(s, column);

		v[i] = m ? median_drawn(base, column) / m : 0;
	}
	qsort(v, DRAWS, sizeof(*v), by_value);
	return (struct ratio){
		.median = median(s, column) ? median(base, column) / median(s, column) : 0,
		.low = quantile(v, DRAWS, 0.025),
		.high = quantile(v, DRAWS, 0.975),
	};
}

static void json_series(FILE *out, const struct point *p, const struct series *s)
{
	fprintf(out, "    {\"kernel\": \"%s\", \"n\": %zu", s->kernel, s->nr);
	for (int c = 0; c < NR_COLUMNS; c++)
		fprintf(out, ",\n     \"%s\": {\"median\": %.1f, \"p90\": %.1f, \"max\": %.1f}",
			columns[c], median(s, c), quantile(s->v[c], s->nr, 0.9),
			s->v[c][s->nr - 1]);
	if (s != p->s[0]) {
		struct ratio r = ratio_of(p->s[0], s, PAUSE);

		fprintf(out, ",\n     \"pause_ratio\": {\"median\": %.2f, \"low\": %.2f, \"high\": %.2f}",
			r.median, r.low, r.high);
	}
	fputs("}", out);
}

static void write_json(const char *dir)
{
	FILE *out = open_file(dir, "report.json", "w");

	fputs("{\"points\": [\n", out);
	for (size_t i = 0; i < nr_points; i++) {
		const struct point *p = &points[i];

		fprintf(out, "  {\"name\": \"%s\", \"factor\": \"%s\", \"value\": %g, \"kernels\": [\n",
			p->name, p->factor, p->value);
		for (size_t k = 0; k < p->nr; k++) {
			json_series(out, p, p->s[k]);
			fputs(k + 1 < p->nr ? ",\n" : "\n", out);
		}
		fprintf(out, "  ]}%s\n", i + 1 < nr_points ? "," : "");
	}
	fputs("]}\n", out);
	if (fclose(out))
		die("report.json: %s", strerror(errno));
}

/* --- The page: for each factor a plot and a table. */

#define WIDTH	640
#define HEIGHT	260
#define LEFT	60
#define BOTTOM	220
#define TOP	20

static const char *const colours[MAX_KERNELS] = { "#888", "#06c", "#0a5", "#c50" };

static bool first_of_factor(size_t i)
{
	return !i || strcmp(points[i].factor, points[i - 1].factor);
}

static size_t end_of_factor(size_t i)
{
	size_t end = i + 1;

	while (end < nr_points && !first_of_factor(end))
		end++;
	return end;
}

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

static void table(FILE *out, size_t from, size_t to)
{
	fprintf(out, "<table><tr><th>%s<th>kernel<th>n<th>down<th>up<th>pause, median<th>p90<th>max<th>a process sees<th>hypercalls<th>of stock's</tr>\n",
		points[from].factor);
	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < points[i].nr; k++) {
			const struct series *s = points[i].s[k];

			fprintf(out, "<tr><td>%g<td>%s<td>%zu<td>%.2f<td>%.2f<td>%.2f<td>%.2f<td>%.2f<td>%.2f<td>%.0f",
				points[i].value, s->kernel, s->nr, median(s, DOWN) / 1000,
				median(s, UP) / 1000, median(s, PAUSE) / 1000,
				quantile(s->v[PAUSE], s->nr, 0.9) / 1000,
				s->v[PAUSE][s->nr - 1] / 1000, median(s, GAP) / 1000, median(s, CALLS));
			if (k) {
				struct ratio r = ratio_of(points[i].s[0], s, PAUSE);

				fprintf(out, "<td>1 / %.1f (%.1f ... %.1f)", r.median, r.low, r.high);
			} else {
				fputs("<td>", out);
			}
			fputs("</tr>\n", out);
		}
	fputs("</table>\n", out);
}

static void write_html(const char *dir)
{
	FILE *out = open_file(dir, "report.html", "w");

	fputs("<!DOCTYPE html><meta charset=\"utf-8\"><title>How long a suspend holds up a guest</title>\n"
	      "<style>body{font-family:sans-serif;max-width:60em;margin:2em}td,th{padding:2px 8px;text-align:right}</style>\n"
	      "<h1>How long a suspend holds up a guest</h1>\n"
	      "<p>Times in ms. Down: from when the guest ran for the request to its hypercall. Up: from when it ran again to when a process did. "
	      "The pause is both. What a process sees has the toolstack's time in it. "
	      "Points are medians, lines go from the 10th to the 90th percentile; in brackets, 95 % of what other samples would say.</p>\n", out);
	for (size_t i = 0; i < nr_points; i = end_of_factor(i)) {
		fprintf(out, "<h2>By %s</h2>\n", points[i].factor);
		plot(out, i, end_of_factor(i));
		table(out, i, end_of_factor(i));
	}
	if (fclose(out))
		die("report.html: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: report DIR");
	read_points(argv[1]);
	write_json(argv[1]);
	write_html(argv[1]);
	return 0;
}
