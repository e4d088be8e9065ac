// SPDX-License-Identifier: GPL-2.0
/*
 * Apply strip rules: spatch removes the code that a rule describes. Check its
 * result: the new file must be the old file without some lines, and all names
 * must be gone. spatch reports no error if a rule matches nothing, so check
 * this, too.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "series.h"

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Return the line of the first occurrence of @name as a word, or 0. */
static unsigned int find_word(const char *text, const char *name)
{
	size_t len = strlen(name);
	unsigned int line = 1;
	const char *seen = text;

	for (const char *p = text; (p = strstr(p, name)); p += len) {
		if ((p > text && word_char(p[-1])) || word_char(p[len]))
			continue;
		for (; seen < p; seen++)
			line += *seen == '\n';
		return line;
	}
	return 0;
}

/* Return the lines of a text, with blank lines, which split() would drop. */
static struct list lines_of(const char *text)
{
	struct list l = { 0 };

	while (*text) {
		size_t len = strcspn(text, "\n");

		add_string(&l, fmt("%.*s", (int)len, text));
		text += len + (text[len] == '\n');
	}
	return l;
}

/*
 * Exit if spatch has changed a line. spatch prints the code around a removal
 * again. Where braces and #ifdef lines cross, it has printed this code
 * differently.
 */
static void check_only_removals(const struct step *s, const char *path,
				const char *old, const char *new)
{
	struct list a = lines_of(old), b = lines_of(new);
	size_t at = 0;

	for (size_t i = 0; i < b.n; i++) {
		while (at < a.n && strcmp(a.v[at], b.v[i]))
			at++;
		if (at++ == a.n)
			die("%s: spatch would change \"%s\" in %s, not only remove: edit that place by a sidecar",
			    s->path, b.v[i], path);
	}
}

/*
 * Exit if a name was in none of the files before, or if a file is unchanged:
 * the rule is for another version of upstream.
 */
static void check_matched(const struct step *s, const struct list *old,
			  const char *dir)
{
	for (size_t n = 0; n < s->gone.n; n++) {
		bool seen = false;

		for (size_t f = 0; f < old->n; f++)
			seen |= find_word(old->v[f], s->gone.v[n]);
		if (!seen)
			die("%s: %s is not in its files before the strip: drop the name",
			    s->path, s->gone.v[n]);
	}
	for (size_t f = 0; f < s->files.n; f++) {
		char *new = slurp(fmt("%s/%s", dir, s->files.v[f]));

		if (!strcmp(new, old->v[f]))
			die("%s: matched nothing in %s: fix the rule or drop the file",
			    s->path, s->files.v[f]);
		check_only_removals(s, s->files.v[f], old->v[f], new);
	}
}

/*
 * Run spatch. It need not read headers, which would be slow, so it gets
 * --no-includes. Drop its messages about possible metavariables, unless it
 * fails.
 */
void strip_apply(const char *dir, const struct entry *e, const struct step *s)
{
	char **argv = grow(NULL, s->files.n + 8, sizeof(*argv));
	char *err, *rule = fmt("%s/%s", overlay, place(s->source));
	struct list old = { 0 };
	int n = 0;

	argv[n++] = (char *)"spatch";
	argv[n++] = (char *)"--very-quiet";
	argv[n++] = (char *)"--in-place";
	argv[n++] = (char *)"--no-includes";
	argv[n++] = (char *)"--sp-file";
	argv[n++] = rule;
	for (size_t f = 0; f < s->files.n; f++) {
		char *path = fmt("%s/%s", dir, s->files.v[f]);

		if (!exists(path))
			die("%s:%u: %s: no such file in the tree to strip",
			    e->file, s->line, s->files.v[f]);
		add_string(&old, slurp(path));
		argv[n++] = s->files.v[f];
	}
	argv[n] = NULL;
	if (run(dir, argv, NULL, &err))
		die("%s: spatch failed: %.*s", s->path,
		    (int)strcspn(err, "\n"), err);
	check_matched(s, &old, dir);
}

static void check_file(const struct step *s, const char *dir,
		       const char *file)
{
	char *path = fmt("%s/%s", dir, file), *text;

	if (!exists(path))
		return;
	text = slurp(path);
	for (size_t n = 0; n < s->gone.n; n++) {
		unsigned int at = find_word(text, s->gone.v[n]);

		if (at)
			die("%s: %s is still in %s, line %u: let the rule remove it, or an edit below the strip",
			    s->path, s->gone.v[n], file, at);
	}
}

/*
 * Exit if a name that a strip removes is still there. Check this after all
 * steps of the entry: an edit may remove the last mention in a comment.
 */
void check_gone(const char *dir, const struct entry *e)
{
	for (size_t i = 0; i < e->nr; i++)
		for (size_t f = 0; f < e->steps[i].files.n; f++)
			check_file(&e->steps[i], dir, e->steps[i].files.v[f]);
}
