// SPDX-License-Identifier: GPL-2.0
/*
 * Apply the verbs on whole files and sidecars to a work tree, which has only
 * the files that the series changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

/*
 * Return the path of the file that a step changes. Exit if an added file
 * already exists, or if a changed file is missing: the base has moved, or the
 * entry is wrong.
 */
static char *target(const char *dir, const struct entry *e,
		    const struct step *s)
{
	char *path = fmt("%s/%s", dir, s->path);

	if (s->verb->upstream && !exists(path))
		die("%s:%u: %s: no such file in the tree to %s", e->file,
		    s->line, s->path, s->verb->name);
	if (!s->verb->upstream && exists(path))
		die("%s:%u: %s exists in the tree already: use replace",
		    e->file, s->line, s->path);
	return path;
}

/*
 * Exit if the overlay lacks the file of a step. The parser does not check this,
 * because refresh must accept a step whose sidecar it will write.
 */
static void need_source(const struct entry *e, const struct step *s)
{
	if (!exists(place(s->source)))
		die("%s:%u: %s: no such file in the overlay", e->file, s->line,
		    s->source);
}

/*
 * Copy a whole file, for add and replace. The verbs differ only in whether the
 * file must exist before.
 */
void apply_whole(const char *dir, const struct entry *e, const struct step *s)
{
	char *to = target(dir, e, s);

	need_source(e, s);
	copy_file(place(s->source), to);
}

void apply_remove(const char *dir, const struct entry *e,
		  const struct step *s)
{
	char *path = target(dir, e, s);

	if (unlink(path))
		die("%s: cannot remove it: %m", path);
}

/*
 * Check that a sidecar has the hunks of one file only, below two header lines
 * with the path of the sidecar. It must not change another file.
 */
void check_sidecar(const char *file, const char *path)
{
	char *head = fmt("--- a/%s\n+++ b/%s\n@@ -", path, path);
	char *text = slurp(file);

	if (strncmp(text, head, strlen(head)))
		die("%s: it must start with \"--- a/%s\", \"+++ b/%s\" and a hunk",
		    file, path, path);
	if (strstr(text + strlen(head), "\n--- a/") ||
	    strstr(text, "\ndiff --git "))
		die("%s: it changes more than one file: use one sidecar for each",
		    file);
}

/* Describe the hunk whose old side starts at @line. */
static char *hunk_at(const char *sidecar, long line)
{
	const char *p = slurp(sidecar);
	int n = 0;

	while ((p = strstr(p, "\n@@ -"))) {
		n++;
		p += 5;
		if (strtol(p, NULL, 10) == line)
			return fmt("hunk %d (line %ld)", n, line);
	}
	return fmt("a hunk");
}

/*
 * Report that a sidecar does not apply. git reports only a line, so find the
 * number of the hunk.
 */
static void __attribute__((noreturn))
stale_sidecar(const struct step *s, const char *err)
{
	const char *failed = strstr(err, "patch failed: ");
	const char *colon = failed ? strchr(failed + 14, ':') : NULL;

	if (!colon)
		die("%s: %.*s", place(s->source), (int)strcspn(err, "\n"), err);
	die("%s: %s does not apply to %s: update it for the current text",
	    place(s->source),
	    hunk_at(place(s->source), strtol(colon + 1, NULL, 10)), s->path);
}

/*
 * Report hunks that git has put at another line than they name. One line of
 * context cannot always distinguish two places, so the user must check the
 * place. For files in bases/LINE, lines often differ, and series lint compares
 * the functions instead.
 */
static void report_offsets(const struct step *s, const char *err)
{
	static const char tag[] = "Hunk #";

	if (line_dir)
		return;
	for (const char *p = err; (p = strstr(p, tag)); p++)
		fprintf(stderr, "series: %s: note: hunk %.*s: check the place, then make %srefresh\n",
			s->source, (int)strcspn(p + strlen(tag), "\n"),
			p + strlen(tag), rules.make);
}

/*
 * Apply a sidecar. git apply requires all context lines, but also finds them at
 * another line than the hunk names: see report_offsets().
 */
void apply_edit(const char *dir, const struct entry *e, const struct step *s)
{
	char *err;

	target(dir, e, s);
	need_source(e, s);
	check_sidecar(place(s->source), s->path);
	if (note_hunks)
		look_at_hunks(dir, place(s->source), s->path);
	if (git_status(dir, &err, "apply", "-v", "--whitespace=nowarn",
		       fmt("%s/%s", overlay, place(s->source)), NULL)) {
		const char *error = strstr(err, "error: ");

		stale_sidecar(s, error ? error + 7 : err);
	}
	report_offsets(s, err);
}

/*
 * Apply the steps of an entry in the order of its lines: an edit may rely on a
 * strip before it.
 */
void apply_entry(const char *dir, const struct entry *e)
{
	for (size_t i = 0; i < e->nr; i++)
		e->steps[i].verb->apply(dir, e, &e->steps[i]);
	check_gone(dir, e);
}
