// SPDX-License-Identifier: GPL-2.0
/*
 * Parse series/NNN-slug.txt: a commit message, a line "---", then a verb or a
 * field in each line.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

#define COVER "series/000-cover.txt"

/*
 * A verb is the heavier, the easier a change of upstream goes unnoticed. An
 * edit no longer applies, a strip matches nothing, but a replaced file hides
 * any change.
 */
static const struct verb verbs[] = {
	{ "add", 0, false, apply_whole, refresh_whole },
	{ "edit", 1, true, apply_edit, refresh_edit },
	{ "strip", 2, true, strip_apply, refresh_strip },
	{ "replace", 3, true, apply_whole, refresh_whole },
	{ "remove", 4, true, apply_remove, refresh_remove },
};

const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static unsigned int count_lines(const char *text, const char *end)
{
	unsigned int n = 0;

	for (; text < end; text++)
		n += *text == '\n';
	return n;
}

/* Return the text between @from and @to without blank lines at its ends. */
static char *trimmed(const char *from, const char *to)
{
	while (from < to && *from == '\n')
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return fmt("%.*s", (int)(to - from), from);
}

/* Return the text of an entry: the inverse of parse_message(). */
char *entry_text(const char *subject, const char *body, const char *tail)
{
	return fmt("Subject: %s\n\n%s\n---\n%s", subject, body, tail);
}

/* Read the author of an entry from its last Signed-off-by. */
static void parse_author(struct entry *e)
{
	static const char tag[] = "\nSigned-off-by: ";
	char *body = fmt("\n%s", e->body), *at = NULL, *lt, *gt;

	for (char *p = body; (p = strstr(p, tag)); p++)
		at = p;
	if (!at)
		die("%s: no author: end the message with \"Signed-off-by: Name <mail>\"",
		    e->file);
	at += strlen(tag);
	at[strcspn(at, "\n")] = 0;
	lt = strstr(at, " <");
	gt = lt ? strchr(lt, '>') : NULL;
	if (!gt || lt == at || gt == lt + 2 || gt[1])
		die("%s: bad author \"%s\": write Signed-off-by: Name <mail>",
		    e->file, at);
	e->name = fmt("%.*s", (int)(lt - at), at);
	e->mail = fmt("%.*s", (int)(gt - lt - 2), lt + 2);
}

/* Parse an entry, except its verbs: their text is stored in the tail. */
struct entry parse_message(const char *file, bool cover)
{
	struct entry e = { .file = fmt("%s", file) };
	const char *text = slurp(file), *nl = strchr(text, '\n'), *rule;

	if (strncmp(text, "Subject: ", 9) || !nl || nl == text + 9)
		die("%s:1: the first line must be \"Subject: ...\"", file);
	e.subject = fmt("%.*s", (int)(nl - text - 9), text + 9);
	if (nl[1] != '\n')
		die("%s:2: a blank line must follow the subject", file);
	rule = strstr(nl, "\n---\n");
	if (!rule && !cover)
		die("%s: no line \"---\" between the message and the verbs",
		    file);
	e.body = trimmed(nl, rule ? rule + 1 : nl + strlen(nl));
	e.tail = fmt("%s", rule ? rule + 5 : "");
	e.first_verb = count_lines(text, rule ? rule + 5 : text) + 1;
	if (!cover)
		parse_author(&e);
	return e;
}

/*
 * Reject a path that leads out of the source, or that a command would take for
 * an option.
 */
static void check_path(const struct entry *e, unsigned int line,
		       const char *path)
{
	if (path[0] == '/' || path[0] == '-' || strstr(path, "..") ||
	    strstr(path, "//") || path[strlen(path) - 1] == '/')
		die("%s:%u: bad path \"%s\": write it relative to the source's root",
		    e->file, line, path);
}

/*
 * Return the overlay file of a step. If the series edits a file twice, its
 * sidecars have numbers, in the order of use.
 */
static char *step_source(const struct step *s, const char *number)
{
	if (!strcmp(s->verb->name, "remove"))
		return NULL;
	if (strcmp(s->verb->name, "edit"))
		return fmt("%s", s->path);
	return number ? fmt("%s.%s.patch", s->path, number) :
			fmt("%s.patch", s->path);
}

static void check_number(const struct entry *e, unsigned int line,
			 const struct verb *v, const char *number)
{
	if (strcmp(v->name, "edit"))
		die("%s:%u: \"%s\" takes one word: remove \"%s\"", e->file,
		    line, v->name, number);
	if (!isdigit((unsigned char)number[0]) ||
	    number[strspn(number, "0123456789")])
		die("%s:%u: \"%s\" is not the number of a sidecar", e->file,
		    line, number);
}

/* The fields of an entry. tools/defects reads them; they change nothing. */
static const char *const fields[] = { "Defect", "Needs", "Case" };

/* Return whether @text is a field, "Key: value". */
static bool is_field(const struct entry *e, unsigned int line, const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	if (text[len] != ':')
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strlen(fields[i]) != len || strncmp(fields[i], text, len))
			continue;
		if (text[len + 1] != ' ' || !text[len + 2])
			die("%s:%u: write \"%s: VALUE\"", e->file, line, fields[i]);
		return true;
	}
	die("%s:%u: unknown field \"%.*s\": Defect, Needs or Case", e->file, line, (int)len, text);
}

static void parse_step(struct entry *e, unsigned int line, const char *text)
{
	struct list w = split(text, " \t");
	struct step *s;

	if (w.n == 1 && !strcmp(w.v[0], "fix")) {
		e->fix = true;
		return;
	}
	e->steps = grow(e->steps, e->nr, sizeof(*s));
	s = &e->steps[e->nr++];
	s->line = line;
	s->verb = find_verb(w.v[0]);
	if (!s->verb)
		die("%s:%u: unknown verb \"%s\": add, replace, edit, remove, strip or fix",
		    e->file, line, w.v[0]);
	if (w.n < 2 || w.n > 3)
		die("%s:%u: \"%s\": write \"%s %s\"", e->file, line, text,
		    w.v[0], strcmp(w.v[0], "strip") ? "PATH" : "NAME");
	check_path(e, line, w.v[1]);
	if (w.n == 3)
		check_number(e, line, s->verb, w.v[2]);
	if (!strcmp(s->verb->name, "strip")) {
		load_rule(s, fmt("strip/%s.cocci", w.v[1]), line);
		s->source = s->path;
		return;
	}
	s->path = w.v[1];
	s->source = step_source(s, w.n == 3 ? w.v[2] : NULL);
	add_string(&s->files, s->path);
	if (s->source && exists(place(s->source)) &&
	    is_omitted(place(s->source))) {
		add_string(&e->omitted, place(s->source));
		e->nr--;
		memset(s, 0, sizeof(*s));
	}
}

/*
 * Within an entry, a file may have only one verb, and strip rules before it.
 * make refresh takes the file from the commit, and could not know which lines a
 * later strip would have removed.
 */
static void check_once(const struct entry *e)
{
	struct list done = { 0 };

	for (size_t i = 0; i < e->nr; i++) {
		const struct step *s = &e->steps[i];

		for (size_t f = 0; f < s->files.n; f++)
			if (has_string(&done, s->files.v[f]))
				die("%s:%u: %s was changed by an earlier line: use one verb for each file, and strip before it",
				    e->file, s->line, s->files.v[f]);
		if (strcmp(s->verb->name, "strip"))
			add_string(&done, s->path);
	}
}

static struct entry parse_entry(const char *file)
{
	struct entry e = parse_message(file, false);
	unsigned int line = e.first_verb;
	char *end;

	e.number = atoi(placed(file) + strlen("series/"));
	for (char *p = fmt("%s", e.tail); *p; p = end, line++) {
		end = p + strcspn(p, "\n");
		if (*end)
			*end++ = 0;
		if (p[strspn(p, " \t")] && *p != '#' && !is_field(&e, line, p))
			parse_step(&e, line, p);
	}
	if (!e.nr)
		die("%s: no verb below \"---\": it would change nothing", file);
	check_once(&e);
	return e;
}

/*
 * Check the name of an entry. The names determine the order, so two entries
 * must not have the same number. An entry that only a line has must have a
 * letter behind the number, because the numbers of the overlay's entries may
 * change.
 */
static void check_entry_name(const char *file, const struct series *s)
{
	const char *name = placed(file) + strlen("series/");
	const char *dot = strrchr(name, '.');
	bool added = !exists(placed(file));
	int len = 3 + added;

	if (strspn(name, "0123456789") != 3 ||
	    (added && !islower((unsigned char)name[3])) || name[len] != '-' ||
	    !dot || strcmp(dot, ".txt") || strchr(name, '/'))
		die(added ? "%s: there is no %s in series/: an entry that is added must be NNNx-slug.txt, with a letter after the number" :
			    "%s: the name must be NNN-slug.txt", file, name);
	for (size_t i = 0; i < s->nr; i++)
		if (!strncmp(placed(s->entries[i].file) + strlen("series/"),
			     name, len + 1))
			die("%s: number %.*s is taken by %s: renumber one",
			    file, len, name, s->entries[i].file);
}

/*
 * The series may use an overlay file only once. If two steps used it, make
 * refresh could not write it back.
 */
static void check_sources(const struct entry *e, struct list *used)
{
	for (size_t k = 0; k < e->nr; k++) {
		const char *source = e->steps[k].source;

		if (!source)
			continue;
		if (has_string(used, source))
			die("%s:%u: %s is used by an earlier line: use it once",
			    e->file, e->steps[k].line, source);
		add_string(used, source);
	}
}

/* Parse all entries, before any of them is applied. */
struct series load_series(void)
{
	struct series s = { 0 };
	struct list files = entry_files(), used = { 0 };

	for (size_t i = 0; i < files.n; i++) {
		if (is_omitted(files.v[i]))
			continue;
		check_entry_name(files.v[i], &s);
		if (!strcmp(placed(files.v[i]), COVER)) {
			s.cover = grow(NULL, 0, sizeof(*s.cover));
			*s.cover = parse_message(files.v[i], true);
			continue;
		}
		s.entries = grow(s.entries, s.nr, sizeof(*s.entries));
		s.entries[s.nr] = parse_entry(files.v[i]);
		check_sources(&s.entries[s.nr], &used);
		s.nr++;
	}
	if (!s.nr)
		die("%s/series: no entries NNN-slug.txt here", overlay);
	return s;
}

/* Return all paths of the source that the series reads or writes. */
struct list touched_files(const struct series *s)
{
	struct list l = { 0 };

	for (size_t i = 0; i < s->nr; i++)
		for (size_t k = 0; k < s->entries[i].nr; k++)
			for (size_t f = 0; f < s->entries[i].steps[k].files.n; f++)
				add_unique(&l, s->entries[i].steps[k].files.v[f]);
	return l;
}

/*
 * Return all overlay files that the result depends on, by their paths in the
 * overlay.
 */
struct list overlay_inputs(const struct series *s)
{
	struct list l = { 0 };

	for (size_t i = 0; i < s->nr; i++) {
		add_string(&l, placed(s->entries[i].file));
		for (size_t k = 0; k < s->entries[i].nr; k++)
			if (s->entries[i].steps[k].source)
				add_unique(&l, s->entries[i].steps[k].source);
	}
	return l;
}
