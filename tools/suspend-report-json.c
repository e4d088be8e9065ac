// SPDX-License-Identifier: GPL-2.0
/*
 * For programs: every suspend as it was read, and the figures of each group.
 * Times are in nanoseconds.
 */
#include "suspend-report.h"

/* A string, or null. */
static void text(FILE *out, const char *s)
{
	if (!s) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	fputc('"', out);
}

static void member(FILE *out, const char *name, const char *value)
{
	fprintf(out, "\"%s\": ", name);
	text(out, value);
	fputs(", ", out);
}

static void phase(FILE *out, const struct record *r)
{
	fputs("{", out);
	member(out, "level", r->level);
	member(out, "way", r->up ? "up" : "down");
	member(out, "phase", r->phase);
	fprintf(out, "\"err\": %d, ", r->err);
}

static void one_suspend(FILE *out, const struct suspend *s)
{
	fputs("{", out);
	member(out, "file", s->file);
	fprintf(out, "\"line\": %lu, \"count\": %lu, ", s->line, s->count);
	member(out, "outcome", s->outcome);
	fprintf(out, "\"err\": %d, ", s->err);
	member(out, "failed", s->failed);
	member(out, "slow", s->slow);
	fprintf(out, "\"group\": %zu,\n   \"records\": [", s->group);
	for (size_t i = 0; i < s->nr; i++) {
		fputs(i ? ",\n    " : "\n    ", out);
		phase(out, &s->records[i]);
		fprintf(out, "\"ns\": %.0f}", s->records[i].ns);
	}
	fputs("]}", out);
}

static void one_group(FILE *out, const struct group *g)
{
	fputs("{", out);
	member(out, "outcome", g->first->outcome);
	member(out, "failed", g->first->failed);
	fprintf(out, "\"suspends\": %zu, \"down_ns\": %.1f, \"up_ns\": %.1f,\n   \"phases\": [",
		g->nr, g->way[false], g->way[true]);
	for (size_t i = 0; i < g->first->nr; i++) {
		const struct cost *c = &g->costs[i];

		fputs(i ? ",\n    " : "\n    ", out);
		phase(out, &g->first->records[i]);
		fprintf(out, "\"median_ns\": %.1f, \"p90_ns\": %.0f, \"max_ns\": %.0f, \"share\": %.6f}",
			c->median, c->p90, c->max, c->share);
	}
	fputs("]}", out);
}

void write_json(FILE *out, const struct report *r)
{
	fputs("{\"suspends\": [", out);
	for (size_t i = 0; i < r->nr; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		one_suspend(out, &r->suspends[i]);
	}
	fputs("],\n \"groups\": [", out);
	for (size_t i = 0; i < r->nr_groups; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		one_group(out, &r->groups[i]);
	}
	fputs("]}\n", out);
}
