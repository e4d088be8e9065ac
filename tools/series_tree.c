// SPDX-License-Identifier: GPL-2.0
/*
 * TREE is a whole source, perhaps with objects of a build. Its git tracks only
 * the files that the series changes. The series is replayed in another
 * directory. Only files that differ are copied into TREE, so that a rebuild
 * compiles no other files.
 *
 * refs/tags/base has the pristine files, and refs/series/tip the result of the
 * last replay. If HEAD is this tip and no file is changed, TREE has no work of
 * the user, and may be overwritten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

#define BRANCH "refs/heads/series"

/*
 * Commit the index. Keep the message verbatim: a line that starts with # is
 * part of it.
 */
static void commit(const char *dir, const char *message)
{
	char *file = fmt("%s/.git/message", dir);

	spill(file, message, strlen(message), false);
	git(dir, "commit", "-q", "--no-verify", "--cleanup=verbatim", "-F",
	    file, NULL);
}

/* Make a repository in @dir, with the pristine @files as its base commit. */
void start_repo(const char *dir, const char *base, const struct list *files)
{
	make_parents(fmt("%s/", dir));
	git(dir, "init", "-q", "--template=", "-b", "series", NULL);
	for (size_t i = 0; i < files->n; i++) {
		char *from = fmt("%s/%s", base, files->v[i]);

		if (exists(from))
			copy_file(from, fmt("%s/%s", dir, files->v[i]));
	}
	git_identity("base", "base@localhost", 0);
	git(dir, "add", "-A", "-f", NULL);
	git(dir, "commit", "-q", "--allow-empty", "-m", "The base", NULL);
	git(dir, "update-ref", "refs/tags/base", "HEAD", NULL);
}

/*
 * Make a commit of each entry on top of the base. Commits depend only on the
 * overlay and the base, so the hash of the last one identifies both.
 */
void replay(const char *dir, const char *base, const struct series *s)
{
	struct list files = touched_files(s);

	start_repo(dir, base, &files);
	for (size_t i = 0; i < s->nr; i++) {
		const struct entry *e = &s->entries[i];

		apply_entry(dir, e);
		git(dir, "add", "-A", "-f", NULL);
		if (!git_status(dir, NULL, "diff", "--cached", "--quiet", NULL))
			die("%s: it changes nothing", e->file);
		git_identity(e->name, e->mail, e->number);
		commit(dir, fmt("%s\n\n%s\n", e->subject, e->body));
	}
}

static char *busy_mark(const char *tree)
{
	return fmt("%s/.git/series-busy", tree);
}

/* Exit during a rebase: HEAD is neither the old series nor the new one then. */
static void require_no_rebase(const char *tree)
{
	if (exists(fmt("%s/.git/rebase-merge", tree)) ||
	    exists(fmt("%s/.git/rebase-apply", tree)))
		die("%s: a rebase is in progress: run git rebase --continue there, or git rebase --abort",
		    tree);
}

void require_clean(const char *tree)
{
	if (!exists(fmt("%s/.git", tree)) ||
	    git_status(tree, NULL, "rev-parse", "-q", "--verify", TIP_REF, NULL))
		die("%s: it does not have the series: run make %stree", tree,
		    rules.make);
	require_no_rebase(tree);
	if (*git(tree, "status", "--porcelain", "-uno", NULL))
		die("%s: has changes that are not committed: run git commit --fixup there, or git checkout -f",
		    tree);
}

/* Exit if a replay would overwrite changes of the user in TREE. */
void require_unchanged(const char *tree)
{
	if (exists(busy_mark(tree)))
		return;
	require_no_rebase(tree);
	if (strcmp(git(tree, "rev-parse", "HEAD", NULL),
		   git(tree, "rev-parse", TIP_REF, NULL)) ||
	    *git(tree, "status", "--porcelain", "-uno", NULL))
		die("%s: has changes that are not in the overlay: run make %srefresh there after committing them, or delete it",
		    tree, rules.make);
}

/*
 * Copy a file to TREE, or remove it there. Do not write a file that is the
 * same: with a new date, make would build it again.
 */
static void install(const char *from, const char *tree, const char *path)
{
	char *src = fmt("%s/%s", from, path), *dst = fmt("%s/%s", tree, path);

	if (same_file(src, dst))
		return;
	if (!exists(src))
		unlink(dst);
	else
		copy_file(src, dst);
	printf("  %s %s\n", exists(src) ? "update" : "remove", path);
}

/*
 * Return the files that TREE's git tracks: an earlier series may have changed
 * more files.
 */
static struct list tracked(const char *tree)
{
	char *base = git(tree, "ls-tree", "-r", "--name-only", "refs/tags/base",
			 NULL);
	char *tip = git(tree, "ls-tree", "-r", "--name-only", TIP_REF, NULL);

	return split(fmt("%s\n%s", base, tip), "\n");
}

/*
 * Prepare TREE's git. It ignores all files that it does not track, so that it
 * need not walk a whole source with its objects.
 */
static void prepare_repo(const char *tree)
{
	if (!exists(fmt("%s/.git", tree)))
		git(tree, "init", "-q", "--template=", "-b", "series", NULL);
	else if (git_status(tree, NULL, "rev-parse", "-q", "--verify", TIP_REF,
			    NULL) && !exists(busy_mark(tree)))
		die("%s: has a .git that make %stree did not make: delete the directory",
		    tree, rules.make);
	spill(fmt("%s/.git/info/exclude", tree), "*\n", 2, false);
	git(tree, "config", "status.showUntrackedFiles", "no", NULL);
}

/*
 * Store the overlay in TREE's git, so that refresh knows whether the overlay or
 * TREE has changed a file.
 */
static void record_overlay(const char *tree, const struct series *s)
{
	struct list inputs = overlay_inputs(s);
	char *dir = fmt("%s/" RECORD_DIR, tree);

	remove_all(dir);
	for (size_t i = 0; i < inputs.n; i++)
		copy_file(place(inputs.v[i]), fmt("%s/%s", dir, inputs.v[i]));
}

/*
 * Move the branch to the new commits without a checkout, which would write
 * files again. The reset only updates the index.
 */
static void take_history(const char *tree, const char *work)
{
	git(tree, "fetch", "-q", "--no-tags", work, "+" BRANCH ":" TIP_REF,
	    "+refs/tags/base:refs/tags/base", NULL);
	git(tree, "symbolic-ref", "HEAD", BRANCH, NULL);
	git(tree, "update-ref", BRANCH, TIP_REF, NULL);
	git(tree, "reset", "-q", "--mixed", NULL);
	if (*git(tree, "status", "--porcelain", "-uno", NULL))
		die("%s: the files do not match the series: delete it and run make %stree",
		    tree, rules.make);
}

/*
 * Copy the result of a replay into TREE. The busy mark shows that differences
 * in TREE are from this function. If it is interrupted, the next run continues.
 */
static void move_in(const char *tree, const char *base, const char *work,
		    const struct series *s)
{
	struct list now = touched_files(s), before = { 0 };

	prepare_repo(tree);
	if (!git_status(tree, NULL, "rev-parse", "-q", "--verify", TIP_REF,
			NULL))
		before = tracked(tree);
	spill(busy_mark(tree), "", 0, false);
	for (size_t i = 0; i < before.n; i++)
		if (!has_string(&now, before.v[i]))
			install(base, tree, before.v[i]);
	for (size_t i = 0; i < now.n; i++)
		install(work, tree, now.v[i]);
	take_history(tree, work);
	record_overlay(tree, s);
	unlink(busy_mark(tree));
}

/*
 * Give TREE, a copy of the base, the git of @work, which has only the base
 * commit.
 */
void start_tree(const char *tree, const char *work)
{
	struct series s = load_series();

	prepare_repo(tree);
	take_history(tree, work);
	record_overlay(tree, &s);
}

void update_tree(const char *tree, const char *base)
{
	struct series s = load_series();
	char *work = fmt("%s/replay", scratch_dir(tree));

	replay(work, base, &s);
	move_in(tree, base, work, &s);
	printf("%s: %zu commits, tip %.12s\n", tree, s.nr,
	       git(tree, "rev-parse", "HEAD", NULL));
}

int cmd_tree(char **arg)
{
	if (!exists(fmt("%s/Makefile", arg[0])))
		die("%s: no source here: make %stree copies it", arg[0],
		    rules.make);
	if (!exists(fmt("%s/Makefile", arg[1])))
		die("%s: no source here: run make %sbase", arg[1], rules.make);
	if (!strcmp(realpath(arg[0], NULL), realpath(arg[1], NULL)))
		die("%s: the base must not change: name another tree", arg[0]);
	if (!git_status(arg[0], NULL, "rev-parse", "-q", "--verify", TIP_REF,
			NULL) && exists(fmt("%s/.git", arg[0])))
		require_unchanged(arg[0]);
	update_tree(arg[0], arg[1]);
	return 0;
}
