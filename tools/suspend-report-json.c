// SPDX-License-Identifier: GPL-2.0
/*
 * Write the report as JSON: each suspend as it was read, and the statistics of each group. Times
 * are in nanoseconds.
 */
#include "suspend-report.h"

/* Return the length of the UTF-8 character at @s, or 0 if the bytes there are not valid UTF-8. */
static size_t utf8_length(const char *s)
{
	const unsigned char *b = (const unsigned char *)s;
	static const struct { unsigned char lead, mask, len; unsigned int least; } forms[] = {
		{ 0x00, 0x80, 1, 0 }, { 0xc0, 0xe0, 2, 0x80 }, { 0xe0, 0xf0, 3, 0x800 },
		{ 0xf0, 0xf8, 4, 0x10000 },
	};

	for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
		unsigned int code = b[0] & ~forms[f].mask;
		size_t i = 1;

		if ((b[0] & forms[f].mask) != forms[f].lead)
			continue;
		for (; i < forms[f].len && (b[i] & 0xc0) == 0x80; i++)
			code = code << 6 | (b[i] & 0x3f);
		if (i == forms[f].len && code >= forms[f].least && code <= 0x10ffff &&
		    (code < 0xd800 || code > 0xdfff))
			return i;
	}
	return 0;
}

/*
 * Write a JSON string, or null. JSON must be UTF-8, but the name of a file need not be. So replace
 * invalid bytes by U+FFFD.
 */
static void text(FILE *out, const char *s)
{
	size_t len;

	if (!s) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *s; s += len ?: 1) {
		len = utf8_length(s);
		if (!len)
			fputs("\\ufffd", out);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else
			fwrite(s, 1, len, out);
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
