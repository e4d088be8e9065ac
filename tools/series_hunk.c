// SPDX-License-Identifier: GPL-2.0
/*
 * Make hunks of sidecars so that their old text is in the file only once, and check this. If the
 * old text is there twice, the hunk may be applied in the wrong function when the file changes, or
 * in another line of kernels.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

/* Lines @lo to @hi - 1 of the old text, which contain the changes @first to @last. */
struct span {
	size_t lo, hi, first, last;
};

struct change {
	size_t old, nr_old, new, nr_new;
};

struct diff {
	struct list old, new;		/* lines, with their newline */
	struct change *changes;
	size_t nr_changes;
	struct span *spans;
	size_t nr_spans;
};

static struct list whole_lines(const char *text)
{
	struct list l = { 0 };

	while (*text) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		add_string(&l, fmt("%.*s", (int)len, text));
		text += len;
	}
	return l;
}

/*
 * Parse "A" or "A,N" in the head of a hunk: N lines from line A on. If N is 0, A is the line before
 * the place.
 */
static const char *take_range(const char *p, size_t *at, size_t *nr)
{
	char *end;

	*at = strtoul(p, &end, 10);
	*nr = *end == ',' ? strtoul(end + 1, &end, 10) : 1;
	*at -= *nr > 0;
	return end;
}

/* Read the places of changes from the output of git diff -U0. */
static void take_changes(struct diff *d, const char *p)
{
	while ((p = strstr(p, "\n@@ -"))) {
		struct change *c;

		d->changes = grow(d->changes, d->nr_changes, sizeof(*c));
		c = &d->changes[d->nr_changes++];
		p = take_range(p + 5, &c->old, &c->nr_old);
		p = take_range(p + 2, &c->new, &c->nr_new);
	}
}

/* Merge spans that touch each other, as git diff does. */
static void merge_spans(struct diff *d)
{
	size_t n = 0;

	for (size_t i = 1; i < d->nr_spans; i++) {
		if (d->spans[n].hi < d->spans[i].lo) {
			d->spans[++n] = d->spans[i];
			continue;
		}
		d->spans[n].last = d->spans[i].last;
		if (d->spans[n].hi < d->spans[i].hi)
			d->spans[n].hi = d->spans[i].hi;
	}
	d->nr_spans = n + 1;
}

static void widen(struct diff *d, struct span *s)
{
	s->lo -= s->lo > 0;
	s->hi += s->hi < d->old.n;
}

static bool is_twice(const struct diff *d, const struct span *s)
{
	size_t len = s->hi - s->lo;

	for (size_t at = 0; at + len <= d->old.n; at++) {
		size_t i = 0;

		while (i < len && !strcmp(d->old.v[at + i], d->old.v[s->lo + i]))
			i++;
		if (i == len && at != s->lo)
			return true;
	}
	return false;
}

/*
 * Make spans with one line of context. Add lines while the old text of a span is in the file twice.
 * An overlay without lines of kernels does not need this: its hunks have one base only, and are
 * applied at the lines that they name.
 */
static void make_spans(struct diff *d)
{
	bool again;

	for (size_t i = 0; i < d->nr_changes; i++) {
		const struct change *c = &d->changes[i];

		d->spans = grow(d->spans, i, sizeof(*d->spans));
		d->spans[i] = (struct span){ c->old, c->old + c->nr_old, i, i };
		widen(d, &d->spans[i]);
	}
	d->nr_spans = d->nr_changes;
	do {
		merge_spans(d);
		again = false;
		for (size_t i = 0; i < d->nr_spans; i++) {
			if (!has_lines || !is_twice(d, &d->spans[i]))
				continue;
			widen(d, &d->spans[i]);
			again = true;
		}
	} while (again);
}

static void put_lines(FILE *f, char mark, const struct list *l, size_t from,
		      size_t to)
{
	for (; from < to; from++)
		fprintf(f, "%c%s%s", mark, l->v[from],
			strchr(l->v[from], '\n') ? "" :
			"\n\\ No newline at end of file\n");
}

static void put_range(FILE *f, char mark, size_t at, size_t nr)
{
	fprintf(f, "%c%zu", mark, at + (nr > 0));
	if (nr != 1)
		fprintf(f, ",%zu", nr);
}

static void put_span(FILE *f, const struct diff *d, const struct span *s)
{
	const struct change *first = &d->changes[s->first];
	const struct change *last = &d->changes[s->last];
	size_t at = s->lo, new = first->new - (first->old - s->lo);

	fputs("@@ ", f);
	put_range(f, '-', s->lo, s->hi - s->lo);
	fputc(' ', f);
	put_range(f, '+', new, last->new + last->nr_new +
		  (s->hi - last->old - last->nr_old) - new);
	fputs(" @@\n", f);
	for (size_t i = s->first; i <= s->last; i++) {
		const struct change *c = &d->changes[i];

		put_lines(f, ' ', &d->old, at, c->old);
		put_lines(f, '-', &d->old, c->old, c->old + c->nr_old);
		put_lines(f, '+', &d->new, c->new, c->new + c->nr_new);
		at = c->old + c->nr_old;
	}
	put_lines(f, ' ', &d->old, at, s->hi);
}

/* Return the lines of a blob. Do not read it by git(), which drops a newline at the end. */
static struct list blob_lines(const char *dir, const char *name)
{
	char *argv[] = { "git", "cat-file", "blob", (char *)name, NULL };
	char *out, *err;

	if (run(dir, argv, &out, &err))
		die("%s: git cat-file %s: %.*s", dir, name,
		    (int)strcspn(err, "\n"), err);
	return whole_lines(out);
}

/* Return the hunks from one blob or REV:PATH to another in @dir, or NULL if there are none. */
char *make_hunks(const char *dir, const char *old, const char *new)
{
	struct diff d = { 0 };
	char *text;
	size_t len;
	FILE *f;

	take_changes(&d, git(dir, "diff", "-U0", "--no-color", "--no-ext-diff",
			     old, new, NULL));
	if (!d.nr_changes)
		return NULL;
	d.old = blob_lines(dir, old);
	d.new = blob_lines(dir, new);
	make_spans(&d);
	f = open_memstream(&text, &len);
	if (!f)
		die("out of memory");
	for (size_t i = 0; i < d.nr_spans; i++)
		put_span(f, &d, &d.spans[i]);
	fclose(f);
	return text;
}

struct hunk_note *hunk_notes;
size_t nr_hunk_notes;
bool note_hunks;

static const char *start_of_line(const char *text, const char *p)
{
	while (p > text && p[-1] != '\n')
		p--;
	return p;
}

static const char *last_before(const char *text, const char *at,
			       const char *word)
{
	const char *last = NULL;

	for (const char *p = text; (p = strstr(p, word)) && p < at; p++)
		last = p;
	return last;
}

/*
 * Return "name()" for the line "static int name(int x,". Return the whole line if it has no "(", or
 * if a macro makes the name, as in "SYSCALL_DEFINE1(name," or "__printf(1, 2) int name(".
 */
static char *head_name(const char *line)
{
	size_t len = strcspn(line, "\n"), end = strcspn(line, "(\n"), at;
	bool lower = false;

	for (at = end; at && (isalnum((unsigned char)line[at - 1]) ||
			      line[at - 1] == '_'); at--)
		lower |= islower((unsigned char)line[at - 1]);
	if (end == len || !lower || !strncmp(line + at, "__printf", 8) ||
	    !strncmp(line + at, "__attribute__", 13))
		return fmt("\"%.*s\"", (int)len, line);
	return fmt("%.*s()", (int)(end - at), line + at);
}

/*
 * Return the function around @at in the C source @text, or the option around @at in a Kconfig. In a
 * comment, return "a comment". A line that begins with a letter is the head of a function, unless
 * it is a declaration or a label.
 */
static char *enclosing(const char *text, const char *at, bool kconfig)
{
	const char *opens = last_before(text, at, "/*");
	const char *closes = last_before(text, at, "*/");

	if (!kconfig && opens && (!closes || closes < opens))
		return fmt("a comment");
	for (const char *p = at; p > text;) {
		size_t len;

		p = start_of_line(text, p - 1);
		len = strcspn(p, "\n");
		if (kconfig) {
			if (!strncmp(p, "config ", 7) ||
			    !strncmp(p, "menuconfig ", 11))
				return head_name(p);
			continue;
		}
		if (*p == '}')
			break;
		if (!isalpha((unsigned char)*p) && *p != '_')
			continue;
		if (p[len - 1] == ';')
			break;
		if (p[len - 1] != ':')
			return head_name(p);
	}
	return fmt("no function");
}

/*
 * Find @want in @text as whole lines. Return its last place, and store in @times how often it is
 * there.
 */
static const char *find_lines(const char *text, const char *want,
			      unsigned int *times)
{
	const char *found = NULL;

	*times = 0;
	for (const char *p = text; (p = strstr(p, want)); p++) {
		if (p > text && p[-1] != '\n')
			continue;
		found = p;
		++*times;
	}
	return found;
}

static void add_note(const char *source, unsigned int number,
		     unsigned int times, char *function)
{
	hunk_notes = grow(hunk_notes, nr_hunk_notes, sizeof(*hunk_notes));
	hunk_notes[nr_hunk_notes++] = (struct hunk_note){
		fmt("%s", source), function, number, times
	};
}

/*
 * Read a hunk, from the line below its head. Store its old text, and the offset of the first change
 * in this text. Return the end of the hunk.
 */
static const char *take_hunk(const char *p, char **old, size_t *before)
{
	size_t len = 0;
	bool changed = false;

	*old = fmt("%s", p);
	*before = 0;
	while (*p == ' ' || *p == '-' || *p == '+' || *p == '\\') {
		size_t n = strcspn(p, "\n");

		n += p[n] == '\n';
		if (!changed && *p != ' ') {
			*before = len;
			changed = true;
		}
		if (*p == ' ' || *p == '-') {
			memcpy(*old + len, p + 1, n - 1);
			len += n - 1;
		}
		p += n;
	}
	(*old)[len] = 0;
	return p;
}

/*
 * Note for each hunk of the sidecar @source where it will be applied, and how often its old text is
 * there.
 */
void look_at_hunks(const char *dir, const char *source, const char *path)
{
	const char *text = slurp(fmt("%s/%s", dir, path)), *p = slurp(source);
	const char *dot = strrchr(path, '.');
	bool kconfig = strstr(path, "Kconfig");
	bool code = kconfig || (dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h")));

	for (unsigned int n = 1; (p = strstr(p, "\n@@ -")); n++) {
		unsigned int times;
		const char *at;
		size_t before;
		char *old;

		p++;
		p += strcspn(p, "\n") + 1;
		p = take_hunk(p, &old, &before) - 1;
		at = find_lines(text, old, &times);
		add_note(source, n, times, at && code ?
			 enclosing(text, at + before, kconfig) : NULL);
	}
}
