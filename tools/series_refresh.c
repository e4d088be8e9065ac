// SPDX-License-Identifier: GPL-2.0
/*
 * refresh: TREE's commits become the overlay. Each commit belongs to one
 * entry; its verbs are walked again, but the content comes from the commit.
 * What is left different at the end is something that no verb covers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

/* Into the work tree and the index of the clone, never into TREE. */
static void take_from(const char *dir, const struct entry *e,
		      const struct step *s, const char *rev)
{
	if (git_status(dir, NULL, "checkout", "-q", rev, "--", s->path, NULL))
		die("%s:%u: commit \"%s\" has no %s: drop the line, or track the file",
		    e->file, s->line, e->subject, s->path);
}

/* A commit may hold a file that the overlay does not have yet. */
void refresh_whole(const char *dir, const struct entry *e,
		   const struct step *s, const char *rev, const char *out)
{
	take_from(dir, e, s, rev);
	copy_file(fmt("%s/%s", dir, s->path), fmt("%s/%s", out, s->source));
}

/*
 * In a line, the overlay's sidecar stays as long as it gives what the commit
 * has: regenerated, it would differ in numbers of lines only.
 */
static bool same_sidecar(const char *dir, const struct step *s,
			 const char *rev, const char *out)
{
	char *path = fmt("%s/%s", dir, s->path), *was = fmt("%s.was", out);
	bool same;

	if (!line_dir || !exists(s->source))
		return false;
	copy_file(path, was);
	same = !git_status(dir, NULL, "apply", "--whitespace=nowarn",
			   fmt("%s/%s", overlay, s->source), NULL) &&
	       !strcmp(git(dir, "hash-object", "--no-filters", s->path, NULL),
		       git(dir, "rev-parse", fmt("%s:%s", rev, s->path), NULL));
	copy_file(was, path);
	return same;
}

/* The work file is what the steps before this one made of it. */
void refresh_edit(const char *dir, const struct entry *e,
		  const struct step *s, const char *rev, const char *out)
{
	char *path = fmt("%s/%s", dir, s->path), *blob, *hunks, *text;

	if (!exists(path))
		die("%s:%u: %s is not tracked: make %strack F=%s", e->file,
		    s->line, s->path, rules.make, s->path);
	blob = git(dir, "hash-object", "-w", "--no-filters", s->path, NULL);
	if (same_sidecar(dir, s, rev, out)) {
		take_from(dir, e, s, rev);
		copy_file(s->source, fmt("%s/%s", out, s->source));
		return;
	}
	take_from(dir, e, s, rev);
	hunks = make_hunks(dir, blob, fmt("%s:%s", rev, s->path));
	if (!hunks)
		die("%s:%u: commit \"%s\" no longer edits %s: drop the line and %s",
		    e->file, s->line, e->subject, s->path, s->source);
	text = fmt("--- a/%s\n+++ b/%s\n%s", s->path, s->path, hunks);
	spill(fmt("%s/%s", out, s->source), text, strlen(text), false);
}

void refresh_remove(const char *dir, const struct entry *e,
		    const struct step *s, const char *rev, const char *out)
{
	(void)rev;
	(void)out;
	apply_remove(dir, e, s);
}

/* Rules are written by hand, never back: they are only run again. */
void refresh_strip(const char *dir, const struct entry *e,
		   const struct step *s, const char *rev, const char *out)
{
	(void)rev;
	(void)out;
	strip_apply(dir, e, s);
}

/*
 * The clone is now what the entry alone would give; @rev is what the user
 * made. A difference that were let through would be lost without a word.
 */
static void check_covered(const char *dir, const struct entry *e,
			  const char *rev)
{
	char *left;

	git(dir, "add", "-A", "-f", NULL);
	left = git(dir, "diff", "--cached", "--name-only", "--no-renames", rev,
		   NULL);
	left[strcspn(left, "\n")] = 0;
	if (!*left)
		return;
	for (size_t i = 0; i < e->nr; i++)
		if (!strcmp(e->steps[i].verb->name, "strip") &&
		    has_string(&e->steps[i].files, left))
			die("%s: commit \"%s\" changes %s beyond what %s removes: add \"edit %s\" below the strip",
			    e->file, e->subject, left, e->steps[i].path, left);
	die("%s: commit \"%s\" also changes %s: add \"edit %s\" (or add, replace, remove)",
	    e->file, e->subject, left, left);
}

/*
 * The message alone is merged, so that a verb may be added to the entry while
 * its commit is reworded.
 */
static void write_message(const char *tree, const char *dir,
			  const struct entry *e, const char *rev,
			  const char *out)
{
	struct entry was = { 0 };
	char *record = fmt("%s/" RECORD_DIR "/%s", tree, placed(e->file));
	char *body = git(dir, "log", "-1", "--format=%b", rev, NULL);
	char *subject = git(dir, "log", "-1", "--format=%s", rev, NULL);
	char *now = entry_text(e->subject, e->body, ""), *new, *old = now;
	size_t len = strlen(body);

	while (len && body[len - 1] == '\n')
		body[--len] = 0;
	new = entry_text(subject, body, "");
	if (exists(record)) {
		was = parse_message(record, false);
		old = entry_text(was.subject, was.body, "");
	}
	if (!strcmp(new, old) || !strcmp(new, now))
		return;
	if (strcmp(now, old))
		die("%s: its message and the commit's in %s were both changed: make them the same",
		    e->file, tree);
	new = entry_text(subject, body, e->tail);
	spill(fmt("%s/%s", out, placed(e->file)), new, strlen(new), false);
}

/* A fixup! that a rebase cannot place is the user's to resolve. */
static struct list squashed(const char *tree, const char *dir)
{
	make_parents(dir);
	git(tree, "clone", "-q", "-s", "--template=", tree, dir, NULL);
	if (git_status(dir, NULL, "rebase", "-q", "-i", "--autosquash",
		       "refs/tags/base", NULL))
		die("%s: the fixups do not squash cleanly: run git rebase -i --autosquash base there",
		    tree);
	return split(git(dir, "rev-list", "--reverse", "refs/tags/base..HEAD",
			 NULL), "\n");
}

static const struct entry *by_subject(const struct series *s,
				      const char *subject)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->entries[i].subject, subject))
			return &s->entries[i];
	return NULL;
}

/*
 * Commits and entries must pair off in order; a subject that no entry has is
 * taken for a reworded one, since its place says whose it is.
 */
static void check_pairs(const struct series *s, const char *dir,
			const struct list *revs)
{
	if (revs->n != s->nr)
		die("the tree has %zu commits, series/ has %zu entries: write an entry for a new commit, delete that of a dropped one",
		    revs->n, s->nr);
	for (size_t i = 0; i < s->nr; i++) {
		char *subject = git(dir, "log", "-1", "--format=%s", revs->v[i],
				    NULL);
		const struct entry *e = by_subject(s, subject);

		if (e && e != &s->entries[i])
			die("%s: its commit is number %zu in the tree: rename the entries to that order",
			    e->file, i + 1);
	}
}

/* On top of the commit before, so that a change there does not show here. */
static void refresh_entry(const char *dir, const struct entry *e,
			  const char *rev, const char *out)
{
	git(dir, "checkout", "-q", "-f", "--detach", fmt("%s^", rev), NULL);
	for (size_t i = 0; i < e->nr; i++)
		e->steps[i].verb->refresh(dir, e, &e->steps[i], rev, out);
	check_gone(dir, e);
	check_covered(dir, e, rev);
}

/*
 * Three versions of each overlay file: as it is, as it was when TREE was
 * made, as TREE has it now. Only one side may have changed it.
 */
static bool must_write(const char *tree, const char *out, const char *path)
{
	char *new = fmt("%s/%s", out, path);
	char *was = fmt("%s/" RECORD_DIR "/%s", tree, path);

	if (same_file(place(path), new) || same_file(was, new))
		return false;
	if (!strncmp(path, "series/", 7))
		return true;	/* write_message() looked already */
	/* Where a line gets a file of its own, none is overwritten. */
	if (line_dir && !exists(fmt("%s/%s", line_dir, path)))
		return true;
	if (!same_file(place(path), was))
		die("%s: changed both here and in %s since the last make %stree: keep one (git diff shows yours)",
		    place(path), tree, rules.make);
	return true;
}

/* A line has a file of its own only where that differs from the overlay's. */
static void write_one(const char *out, const char *path)
{
	char *new = fmt("%s/%s", out, path), *to = fmt("%s", path);

	if (line_dir)
		to = fmt("%s/%s", line_dir, path);
	if (line_dir && exists(path) && same_file(path, new)) {
		if (unlink(to))
			die("%s: cannot remove it: %m", to);
		printf("  remove %s: as %s\n", to, path);
		return;
	}
	copy_file(new, to);
	printf("  refresh %s\n", to);
}

/* Every conflict is found before the first file is written. */
static void write_back(const char *tree, const struct series *s,
		       const char *out)
{
	struct list inputs = overlay_inputs(s), write = { 0 };

	for (size_t i = 0; i < inputs.n; i++)
		if (exists(fmt("%s/%s", out, inputs.v[i])) &&
		    must_write(tree, out, inputs.v[i]))
			add_string(&write, inputs.v[i]);
	for (size_t i = 0; i < write.n; i++)
		write_one(out, write.v[i]);
	if (!write.n)
		printf("  nothing to write back\n");
}

int cmd_refresh(char **arg)
{
	struct series s = load_series();
	char *dir, *out;
	struct list revs;

	require_clean(arg[0]);
	dir = fmt("%s/squash", scratch_dir(arg[0]));
	out = fmt("%s/overlay", scratch_dir(arg[0]));
	revs = squashed(realpath(arg[0], NULL), dir);
	check_pairs(&s, dir, &revs);
	for (size_t i = 0; i < s.nr; i++) {
		refresh_entry(dir, &s.entries[i], revs.v[i], out);
		write_message(arg[0], dir, &s.entries[i], revs.v[i], out);
	}
	write_back(arg[0], &s, out);
	update_tree(arg[0], arg[1]);
	return 0;
}
