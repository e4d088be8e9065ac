// SPDX-License-Identifier: GPL-2.0
/*
 * Read the records of suspends. The records of a suspend begin with a head line:
 *
 *	suspend COUNT OUTCOME ERR PHASE|-
 *
 * A line with the reason follows if the suspend was a slow walk, which freezes tasks and devices:
 *
 *	slow REASON
 *
 * A line for each callback follows, in the order in which the callbacks ran. Fields are separated
 * by tabs, because names of phases have blanks:
 *
 *	LEVEL	down|up	PHASE	ERR	NS
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "suspend-report.h"

#define FIELDS 5
#define MAX_ERRNO 4095	/* the largest errno of the kernel */

/* The position in the input, for error messages. */
struct place {
	const char *file;
	unsigned long line;
};

#define bad(p, fmt, ...) \
	die("%s:%lu: " fmt, (p)->file, (p)->line, ##__VA_ARGS__)

static const char *const outcomes[] = { "restored", "cancelled", "aborted" };

static long long number(const struct place *p, const char *text,
			const char *what)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		bad(p, "%s is not a number: \"%s\"", what, text);
	return n;
}

static long long natural(const struct place *p, const char *text,
			 const char *what)
{
	long long n = number(p, text, what);

	if (n < 0)
		bad(p, "%s is negative: %s", what, text);
	return n;
}

static int error_number(const struct place *p, const char *text,
			const char *what)
{
	long long n = number(p, text, what);

	if (n < -MAX_ERRNO || n > 0)
		bad(p, "%s is neither 0 nor -errno: %s", what, text);
	return n;
}

static char *keep(const char *text)
{
	return strcpy(grow(NULL, 1, strlen(text) + 1), text);
}

static const char *known_outcome(const struct place *p, const char *text)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
		if (!strcmp(outcomes[i], text))
			return outcomes[i];
	if (!strcmp(text, "never"))
		bad(p, "the guest was not suspended yet: there is nothing to report");
	bad(p, "unknown outcome \"%s\": it must be restored, cancelled or aborted",
	    text);
}

static struct suspend read_head(const struct place *p, char *line)
{
	char *save, *word[4];

	for (int i = 0; i < 4; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!word[i] || (!i && strcmp(word[0], "suspend")))
			bad(p, "not the head of the records of a suspend: give copies of /sys/kernel/debug/xen_suspend/last");
	}
	if (!*save)
		bad(p, "the head has neither a phase nor \"-\"");

	return (struct suspend) {
		.file = p->file,
		.line = p->line,
		.outcome = known_outcome(p, word[2]),
		.count = natural(p, word[1], "the suspend's count"),
		.err = error_number(p, word[3], "the suspend's error"),
		.failed = strcmp(save, "-") ? keep(save) : NULL,
	};
}

static struct record read_record(const struct place *p, char *line)
{
	char *field[FIELDS];
	size_t nr = 0;

	while (nr < FIELDS && line)
		field[nr++] = strsep(&line, "\t");
	if (nr != FIELDS || line)
		bad(p, "not a record: it must have %d fields, separated by tabs",
		    FIELDS);
	if (!*field[0] || !*field[2])
		bad(p, "a record without a level or a phase");
	if (strcmp(field[1], "down") && strcmp(field[1], "up"))
		bad(p, "the way is \"%s\", but must be down or up", field[1]);

	return (struct record) {
		.level = keep(field[0]),
		.up = !strcmp(field[1], "up"),
		.phase = keep(field[2]),
		.err = error_number(p, field[3], "the phase's error"),
		.ns = natural(p, field[4], "the phase's time"),
	};
}

/* Make room for one more entry. The size is always a power of two. */
static void *room_for_one(void *array, size_t nr, size_t size)
{
	return nr & (nr - 1) ? array : grow(array, nr ? 2 * nr : 1, size);
}

static void add_record(const struct place *p, struct suspend *s, char *line)
{
	struct record r = read_record(p, line);

	if (!r.up && s->nr && s->records[s->nr - 1].up)
		bad(p, "the way down of phase \"%s\" follows records of the way up: is a head missing?",
		    r.phase);
	if (s->nr == MAX_RECORDS)
		bad(p, "more than %d records: no suspend has so many", MAX_RECORDS);
	s->records = room_for_one(s->records, s->nr, sizeof(*s->records));
	s->records[s->nr++] = r;
}

/*
 * Reject a suspend whose records are not complete. Each phase that succeeded on the way down must
 * have a record of the way up. A truncated file would make all statistics wrong.
 */
static void check_whole(const struct place *p, const struct suspend *s)
{
	struct names up;

	if (!s->nr)
		bad(p, "a suspend without records");
	names_make(&up, s->nr);
	for (size_t i = 0; i < s->nr; i++)
		if (s->records[i].up)
			names_add(&up, s->records[i].phase, i);
	for (size_t i = 0; i < s->nr; i++)
		if (!s->records[i].up && !s->records[i].err &&
		    !names_have(&up, s->records[i].phase))
			bad(p, "the way up of phase \"%s\" is missing: truncated?",
			    s->records[i].phase);
	names_free(&up);
}

static void check_line(const struct place *p, const char *line, size_t len)
{
	for (size_t i = 0; i < len - 1; i++)
		if (line[i] != '\t' && (line[i] < ' ' || line[i] > '~'))
			bad(p, "this is not text: it has a byte 0x%02x",
			    (unsigned char)line[i]);
	if (line[len - 1] != '\n')
		bad(p, "the line has no newline: truncated?");
}

/*
 * Read a line. Return its length with the newline, or MAX_LINE + 1 if the line is longer than
 * MAX_LINE.
 */
static size_t read_line(char line[MAX_LINE + 1], FILE *in)
{
	size_t len = 0;
	int c;

	while (len <= MAX_LINE && (c = getc_unlocked(in)) != EOF) {
		line[len++] = c;
		if (c == '\n')
			break;
	}
	return len;
}

void read_suspends(struct report *r, const char *name, FILE *in)
{
	struct place p = { .file = name };
	struct suspend *s = NULL;
	char line[MAX_LINE + 1];
	size_t len;

	while ((len = read_line(line, in))) {
		p.line++;
		if (len > MAX_LINE)
			bad(&p, "a line of more than %d bytes: no record is so long", MAX_LINE);
		check_line(&p, line, len);
		line[len - 1] = '\0';
		if (s && !s->nr && !strncmp(line, "slow ", 5)) {
			s->slow = keep(line + 5);
			continue;
		}
		if (s && strncmp(line, "suspend ", 8)) {
			add_record(&p, s, line);
			continue;
		}
		if (s)
			check_whole(&(struct place){ name, p.line - 1 }, s);
		r->suspends = room_for_one(r->suspends, r->nr, sizeof(*s));
		s = &r->suspends[r->nr++];
		*s = read_head(&p, line);
	}
	if (ferror(in))
		die("%s: %s", name, strerror(errno));
	if (!s)
		die("%s:1: empty: give copies of /sys/kernel/debug/xen_suspend/last",
		    name);
	check_whole(&p, s);
}
