// SPDX-License-Identifier: GPL-2.0
/*
 * refresh: write TREE's commits back to the overlay. Each commit belongs to one
 * entry. The verbs of the entry run again, but take the content from the
 * commit. A difference that remains is a change that no verb covers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

/* Check out a file of commit @rev in the clone. TREE is never changed here. */
static void take_from(const char *dir, const struct entry *e,
		      const struct step *s, const char *rev)
{
	if (git_status(dir, NULL, "checkout", "-q", rev, "--", s->path, NULL))
		die("%s:%u: commit \"%s\" has no %s: drop the line, or track the file",
		    e->file, s->line, e->subject, s->path);
}

/* Copy a whole file from the commit. The overlay need not have the file yet. */
void refresh_whole(const char *dir, const struct entry *e,
		   const struct step *s, const char *rev, const char *out)
{
	take_from(dir, e, s, rev);
	copy_file(fmt("%s/%s", dir, s->path), fmt("%s/%s", out, s->source));
}

/*
 * Return whether the overlay's sidecar gives the content of the commit in this
 * line of kernels. Such a sidecar stays, because a new one would differ only in
 * line numbers.
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

/*
 * Write the sidecar of a step: the hunks from the file as the steps before left
 * it, to the file in the commit.
 */
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

/* Run a strip rule. Rules are written by hand, and never written back. */
void refresh_strip(const char *dir, const struct entry *e,
		   const struct step *s, const char *rev, const char *out)
{
	(void)rev;
	(void)out;
	strip_apply(dir, e, s);
}

/*
 * The clone has the result of the entry, and @rev is the commit of the user. If
 * they differ, exit: the difference would be lost without a message.
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
 * Write the message of a commit to its entry. Merge only the message, so that
 * the user may reword the commit and add a verb to the entry.
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

/*
 * Return the commits of TREE after a rebase in a clone has squashed the fixups.
 * If the rebase fails, the user must resolve the conflict.
 */
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
 * Check that commits and entries are in the same order. A commit with a subject
 * that no entry has was reworded: its position shows its entry.
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

/*
 * Take the files of an entry from its commit. Begin with the parent of the
 * commit, so that changes in earlier commits make no difference here.
 */
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
 * Return whether an overlay file must be written. Compare three versions: the
 * overlay's, that from which TREE was made, and that of TREE now. Exit if both
 * the overlay and TREE have changed the file.
 */
static bool must_write(const char *tree, const char *out, const char *path)
{
	char *new = fmt("%s/%s", out, path);
	char *was = fmt("%s/" RECORD_DIR "/%s", tree, path);

	if (same_file(place(path), new) || same_file(was, new))
		return false;
	if (!strncmp(path, "series/", 7))
		return true;	/* write_message() has checked it */
	/* The line gets a new file of its own, and no file is overwritten. */
	if (line_dir && !exists(fmt("%s/%s", line_dir, path)))
		return true;
	if (!same_file(place(path), was))
		die("%s: changed both here and in %s since the last make %stree: keep one (git diff shows yours)",
		    place(path), tree, rules.make);
	return true;
}

/*
 * Write an overlay file. A line has a file of its own only if this differs from
 * the overlay's file.
 */
static void write_one(const char *out, const char *path)
{
	char *new = fmt("%s/%s", out, path), *to = fmt("%s", path);

	if (line_dir)
		to = fmt("%s/%s", line_dir, path);
	if (line_dir && exists(path) && same_file(path, new)) {
		if (unlink(to))
			die("%s: cannot remove it: %m", to);
		printf("  remove %s: it is the same as %s\n", to, path);
		return;
	}
	copy_file(new, to);
	printf("  refresh %s\n", to);
}

/* Find all conflicts before the first file is written. */
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
