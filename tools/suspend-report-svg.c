// SPDX-License-Identifier: GPL-2.0
/*
 * Draw timelines as SVG: a picture for each group of suspends, one below the
 * other. A picture has a row for each phase, in the order of the tables. Bars
 * of the way down descend on the left side, and bars of the way up ascend on
 * the right side. Frames show how the levels nest. Both ways have the same
 * scale. The gap between them is the hypercall. Its duration is unknown,
 * because it may begin on one host and end on another.
 */
#include <math.h>
#include <string.h>

#include "suspend-report.h"

#define WIDTH	1000.0
#define MARGIN	16.0
#define NAMES	132.0		/* width of the column with the names of phases */
#define LABEL	62.0		/* width of a time beside the outermost bar */
#define LABELS	136.0		/* width of a median and a p90 there */
#define BREAK	44.0
#define ROW	18.0
#define BAR	12.0
#define HEAD	52.0		/* height above the rows, for title and totals */
#define FOOT	44.0		/* height below the rows, for the axis and a margin */
#define LEGEND	34.0
#define GLYPH	6.4		/* approximate width of a letter */

/* The picture of a group of suspends, and the positions of its parts. */
struct plot {
	FILE *out;
	const struct group *g;
	struct row *rows;
	size_t nr;
	double *starts;		/* when each record begins, in ns */
	double scale;		/* pixels per ns */
	double gap, back;	/* x where the way down ends, and where the way up begins */
	double top, bottom;	/* y above the first row, and below the last one */
};

/* The colours are readable on a white and on a black background. */
static const char style[] =
	"<style>\n"
	"text { font: 12px sans-serif; fill: #1f2328; }\n"
	".title { font-size: 16px; font-weight: bold; }\n"
	".quiet { fill: #59636e; font-size: 11px; }\n"
	".time { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; }\n"
	".page { fill: #ffffff; } .grid { stroke: #d1d9e0; fill: none; }\n"
	".leader { stroke: #c4ccd4; stroke-dasharray: 1 4; }\n"
	".l0 { fill: #2f6fb5; stroke: #2f6fb5; } .l1 { fill: #c2570c; stroke: #c2570c; }\n"
	".l2 { fill: #7a4fc0; stroke: #7a4fc0; } .refused { fill: #d1242f; stroke: #d1242f; }\n"
	".bar { stroke: none; } .frame { fill-opacity: 0.07; stroke-opacity: 0.45; }\n"
	".gap { fill: #eff2f5; } .edge { stroke: #818b98; fill: none; }\n"
	"text.refused, tspan.refused { stroke: none; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"text { fill: #e6edf3; } .quiet { fill: #9198a1; }\n"
	".page { fill: #0d1117; } .grid { stroke: #3d444d; } .leader { stroke: #4a525c; }\n"
	".l0 { fill: #58a6ff; stroke: #58a6ff; } .l1 { fill: #f0883e; stroke: #f0883e; }\n"
	".l2 { fill: #b392f0; stroke: #b392f0; } .refused { fill: #ff7b72; stroke: #ff7b72; }\n"
	".bar { stroke: none; } .gap { fill: #21262d; } .time { stroke: #0d1117; } text.refused, tspan.refused { stroke: none; }\n"
	"}\n"
	"</style>\n";

static void escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '>')	/* XML forbids ]]> in a text */
			fputs("&gt;", out);
		else if (*s == '&')
			fputs("&amp;", out);
		else
			fputc(*s, out);
	}
}

/*
 * Format a time with three significant digits. More digits would be harder to
 * read.
 */
static const char *duration(double ns)
{
	static char text[4][32];
	static int turn;
	char *s = text[turn++ % 4];
	double v = ns < 1e6 ? ns / 1e3 : ns / 1e6;

	if (!ns)
		return "0";
	snprintf(s, sizeof(*text), "%.*f %s", v < 10 ? 2 : v < 100 ? 1 : 0, v,
		 ns < 1e6 ? "\302\265s" : "ms");
	return s;
}

static const struct cost *cost(const struct plot *p, const struct record *r)
{
	return &p->g->costs[r - p->g->first->records];
}

/* Return when each callback began, in ns from the start of its way. */
static double *make_starts(const struct group *g)
{
	double *starts = grow(NULL, g->first->nr, sizeof(*starts));
	double ns[2] = { 0, 0 };

	for (size_t i = 0; i < g->first->nr; i++) {
		bool up = g->first->records[i].up;

		starts[i] = ns[up];
		ns[up] += g->costs[i].median;
	}
	return starts;
}

static double start(const struct plot *p, const struct record *r)
{
	return p->starts[r - p->g->first->records];
}

static double left(const struct plot *p, const struct record *r)
{
	if (r->up)
		return p->back + start(p, r) * p->scale;
	return p->gap - (p->g->way[false] - start(p, r)) * p->scale;
}

static void tooltip(const struct plot *p, const struct record *r)
{
	const struct cost *c = cost(p, r);
	FILE *out = p->out;

	fputs("<title>", out);
	escaped(out, r->phase);
	fprintf(out, ", %s: %s", r->up ? "up" : "down", duration(c->median));
	if (p->g->nr > 1)
		fprintf(out, ", 90 %% within %s, at most %s", duration(c->p90),
			duration(c->max));
	fprintf(out, ", %.1f %% of the whole", c->share * 100);
	if (r->err)
		fprintf(out, ", refused: %s", error_name(r->err));
	fputs("</title>", out);
}

/*
 * Draw the bar of a callback, and its time on the outer side of the bar, where
 * the row is empty.
 */
static void draw_bar(const struct plot *p, const struct record *r, double y)
{
	const struct cost *c = cost(p, r);
	double width = fmax(c->median * p->scale, r->err ? 5 : 2);
	double x = left(p, r);

	/*
	 * A very short callback has a wider bar than its time. If this bar
	 * would reach into the gap, move it to the left.
	 */
	if (!r->up)
		x = fmin(x, p->gap - width);
	fprintf(p->out, "<g>");
	tooltip(p, r);
	fprintf(p->out, "<rect class=\"l%d%s bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%g\"/>",
		nesting(r->level), r->err ? " refused" : "", x,
		y + (ROW - BAR) / 2, width, BAR);
	fprintf(p->out, "<text class=\"quiet time\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s",
		r->up ? x + width + 4 : x - 4, y + 13,
		r->up ? "start" : "end", duration(c->median));
	if (p->g->nr > 1)
		fprintf(p->out, " (p90 %s)", duration(c->p90));
	fputs("</text></g>\n", p->out);
}

static void draw_row(const struct plot *p, const struct row *row, double y)
{
	const struct record *r = row->down ?: row->up;
	double x = MARGIN + 8 + nesting(r->level) * 10;
	const char *class = r->err ? " class=\"refused\"" : "";

	fprintf(p->out, "<path class=\"leader\" d=\"M%.1f %.1fH%.1f\"/>\n",
		x + strlen(r->phase) * GLYPH + 8, y + ROW / 2, WIDTH - MARGIN);
	fprintf(p->out, "<text%s x=\"%.1f\" y=\"%.1f\">", class, x, y + 13);
	escaped(p->out, r->phase);
	fputs("</text>\n", p->out);
	if (row->down)
		draw_bar(p, row->down, y);
	if (row->up)
		draw_bar(p, row->up, y);
}

/*
 * Draw the frame of a level. The frame encloses the rows of this level and of
 * deeper levels, from the first of these rows to the bottom.
 */
static void draw_frame(const struct plot *p, int level)
{
	double x = p->gap, end = p->back;
	size_t first = p->nr;

	for (size_t i = p->nr; i--;) {
		const struct row *row = &p->rows[i];
		const struct record *r = row->down ?: row->up;

		if (nesting(r->level) < level)
			continue;
		first = i;
		if (row->down)
			x = fmin(x, left(p, row->down));
		if (row->up)
			end = fmax(end, left(p, row->up) +
				   cost(p, row->up)->median * p->scale);
	}
	if (first == p->nr)
		return;
	fprintf(p->out, "<rect class=\"l%d frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		level, x - 2, p->top + first * ROW + 1, end - x + 4,
		p->bottom - p->top - first * ROW + 1 - level);
}

/* Draw an edge of the gap as a zigzag line. */
static void draw_edge(const struct plot *p, double x)
{
	fprintf(p->out, "<path class=\"edge\" d=\"M%.1f %.1f", x, p->top);
	for (double y = p->top; y < p->bottom; y += 6)
		fputs("l3 3l-3 3", p->out);
	fputs("\"/>\n", p->out);
}

static void draw_turn(const struct plot *p)
{
	const struct suspend *s = p->g->first;
	bool refused = s->failed && strcmp(s->failed, "hypercall");
	const char *text = refused ? "turned back" : "HYPERVISOR_suspend";
	double x = (p->gap + p->back) / 2, y = (p->top + p->bottom) / 2;

	if (!refused) {
		fprintf(p->out, "<rect class=\"gap\" x=\"%.1f\" y=\"%.1f\" width=\"%g\" height=\"%.1f\"/>\n",
			p->gap + 4, p->top, BREAK - 8, p->bottom - p->top);
		draw_edge(p, p->gap + 4);
		draw_edge(p, p->back - 7);
	} else {
		fprintf(p->out, "<path class=\"refused\" d=\"M%.1f %.1fV%.1f\" stroke-dasharray=\"4 3\"/>\n",
			x + 8, p->top, p->bottom);
	}
	if (strlen(text) * GLYPH < p->bottom - p->top)
		fprintf(p->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" transform=\"rotate(-90 %.1f %.1f)\">%s</text>\n",
			s->failed ? "refused" : "quiet", x, y, x, y, text);
}

/*
 * Return the distance between two labels of the axis in ns: 1, 2 or 5 times a
 * power of ten, and at least 64 pixels.
 */
static double round_step(const struct plot *p)
{
	static const int round[] = { 1, 2, 5 };
	double least = 64 / p->scale;
	double ten = pow(10, floor(log10(least)));

	for (size_t i = 0; i < 3; i++)
		if (round[i] * ten >= least)
			return round[i] * ten;
	return 10 * ten;
}

static void draw_axis(const struct plot *p, bool up, double step)
{
	double x0 = up ? p->back : p->gap - p->g->way[false] * p->scale;

	for (double t = 0; t <= p->g->way[up]; t += step) {
		double x = x0 + t * p->scale;

		fprintf(p->out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>",
			x, p->top, p->bottom + 4);
		fprintf(p->out, "<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g</text>\n",
			x, p->bottom + 16, t / 1e6);
	}
	fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s %s</text>\n",
		up ? p->back : p->gap, p->top - 8, up ? "start" : "end",
		up ? "up" : "down", duration(p->g->way[up]));
}

static void draw_title(const struct plot *p)
{
	const struct suspend *s = p->g->first;

	fprintf(p->out, "<text class=\"title\" x=\"%g\" y=\"%.1f\">", MARGIN,
		p->top - HEAD + 20);
	if (p->g->nr == 1)
		fprintf(p->out, "Suspend %lu: %s", s->count, s->outcome);
	else
		fprintf(p->out, "%zu suspends %s", p->g->nr, s->outcome);
	if (s->failed) {
		fputs(" <tspan class=\"refused\">by ", p->out);
		escaped(p->out, s->failed);
		fprintf(p->out, " (%s)</tspan>", error_name(s->err));
	}
	fputs(p->g->nr > 1 ? ": medians</text>\n" : "</text>\n", p->out);
}

static void draw_plot(struct plot *p)
{
	const struct group *g = p->g;
	double label = g->nr > 1 ? LABELS : LABEL;
	double room = WIDTH - 2 * MARGIN - NAMES - 2 * label - BREAK;
	double sum = g->way[false] + g->way[true];
	double step;

	p->scale = room / fmax(sum, 1);
	p->gap = MARGIN + NAMES + label + g->way[false] * p->scale;
	p->back = p->gap + BREAK;
	step = round_step(p);

	draw_title(p);
	for (int level = 0; level < 3; level++)
		draw_frame(p, level);
	draw_axis(p, false, step);
	draw_axis(p, true, step);
	draw_turn(p);
	for (size_t i = 0; i < p->nr; i++)
		draw_row(p, &p->rows[i], p->top + i * ROW);
}

static double draw_legend(FILE *out, double y)
{
	static const struct { const char *class, *text; double width; } items[] = {
		{ "l0",		"thread: may sleep",			150 },
		{ "l1",		"stopped: one vCPU, no interrupts",	236 },
		{ "l2",		"the guest type's own",			166 },
		{ "refused",	"refused",				88 },
		{ "gap edge",	"in Xen: time unknown",			166 },
	};
	double x = MARGIN;

	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		fprintf(out, "<rect class=\"%s bar\" x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\"/>",
			items[i].class, x, y);
		fprintf(out, "<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			x + 17, y + 10, items[i].text);
		x += items[i].width;
	}
	fprintf(out, "<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">axis in ms</text>\n",
		WIDTH - MARGIN, y + 10);
	return y + LEGEND;
}

void write_svg(FILE *out, const struct report *r)
{
	struct plot *plots = grow(NULL, r->nr_groups, sizeof(*plots));
	double y = MARGIN;

	for (size_t i = 0; i < r->nr_groups; i++) {
		struct plot *p = &plots[i];

		*p = (struct plot){ .out = out, .g = &r->groups[i] };
		p->starts = make_starts(p->g);
		p->nr = make_rows(p->g->first, &p->rows);
		p->top = y + HEAD;
		p->bottom = p->top + p->nr * ROW;
		y = p->bottom + FOOT;
	}

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" viewBox=\"0 0 %g %g\" role=\"img\">\n",
		WIDTH, y + LEGEND, WIDTH, y + LEGEND);
	fputs("<title>Timeline of the phases of a suspend</title>\n", out);
	fputs(style, out);
	fprintf(out, "<rect class=\"page\" width=\"%g\" height=\"%g\"/>\n",
		WIDTH, y + LEGEND);
	for (size_t i = 0; i < r->nr_groups; i++)
		draw_plot(&plots[i]);
	draw_legend(out, y);
	fputs("</svg>\n", out);
}
