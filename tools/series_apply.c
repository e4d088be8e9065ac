// SPDX-License-Identifier: GPL-2.0
/*
 * The verbs on whole files and sidecars, in a work tree that holds just the
 * files that the series touches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

/*
 * The verb says what its author believed of upstream; where that is not so
 * the base moved or the entry is wrong, and guessing would hide it.
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

/* Asked late: refresh must accept a line whose sidecar it is to write. */
static void need_source(const struct entry *e, const struct step *s)
{
	if (!exists(place(s->source)))
		die("%s:%u: %s: no such file in the overlay", e->file, s->line,
		    s->source);
}

/* add and replace: they differ in what must be there before. */
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
 * A sidecar is one file's hunks below two header lines that name the place
 * where it lies, so that it cannot reach another file.
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
		die("%s: it changes more than one file: one sidecar each",
		    file);
}

/* Names the hunk whose old side starts at @line. */
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

/* git names the file and the old line; people think in hunks. */
static void __attribute__((noreturn))
stale_sidecar(const struct step *s, const char *err)
{
	const char *failed = strstr(err, "patch failed: ");
	const char *colon = failed ? strchr(failed + 14, ':') : NULL;

	if (!colon)
		die("%s: %.*s", place(s->source), (int)strcspn(err, "\n"), err);
	die("%s: %s does not apply to %s: redo it against the present text",
	    place(s->source),
	    hunk_at(place(s->source), strtol(colon + 1, NULL, 10)), s->path);
}

/*
 * One line of context cannot always tell two places apart, so a hunk that
 * did not land on its line deserves a look. In another line than the
 * overlay's, lines differ as a rule: series lint compares the functions.
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
 * git apply insists on all context lines, but looks for them elsewhere when
 * they are not on the stated line: see report_offsets().
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

/* In the order as written, which a strip before an edit relies on. */
void apply_entry(const char *dir, const struct entry *e)
{
	for (size_t i = 0; i < e->nr; i++)
		e->steps[i].verb->apply(dir, e, &e->steps[i]);
	check_gone(dir, e);
}
