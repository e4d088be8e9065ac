// SPDX-License-Identifier: GPL-2.0
/*
 * TREE is a whole source, perhaps with objects in it; its git knows
 * only the files that the series touches. The series is replayed elsewhere,
 * and of the result just the files that differ are copied into TREE, so that
 * a rebuild compiles what changed and no more.
 *
 * refs/tags/base is the pristine files, refs/series/tip what the last replay
 * gave: while HEAD is there and nothing is dirty, TREE holds no work of the
 * user's and may be overwritten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

#define BRANCH "refs/heads/series"

/* Verbatim: a line that starts with # is part of the message. */
static void commit(const char *dir, const char *message)
{
	char *file = fmt("%s/.git/message", dir);

	spill(file, message, strlen(message), false);
	git(dir, "commit", "-q", "--no-verify", "--cleanup=verbatim", "-F",
	    file, NULL);
}

/* A repository of its own in @dir, with the pristine @files as its base. */
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

/* Nothing but the overlay and the base goes in, so the tip is their name. */
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

/* Where the question is only whether the commits say it all. */
/* In the middle of one, HEAD is neither the old series nor the new one. */
static void require_no_rebase(const char *tree)
{
	if (exists(fmt("%s/.git/rebase-merge", tree)) ||
	    exists(fmt("%s/.git/rebase-apply", tree)))
		die("%s: a rebase is under way: git rebase --continue there, or --abort",
		    tree);
}

void require_clean(const char *tree)
{
	if (!exists(fmt("%s/.git", tree)) ||
	    git_status(tree, NULL, "rev-parse", "-q", "--verify", TIP_REF, NULL))
		die("%s: the series was never put there: run make %stree", tree,
		    rules.make);
	require_no_rebase(tree);
	if (*git(tree, "status", "--porcelain", "-uno", NULL))
		die("%s: has changes that are not committed: git commit --fixup them there, or git checkout -f",
		    tree);
}

/* Refuses where a replay would overwrite what somebody did in TREE. */
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

/* A file that is already right keeps its date, and make leaves it alone. */
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

/* Files that TREE's git tracks so far: an earlier series may have had more. */
static struct list tracked(const char *tree)
{
	char *base = git(tree, "ls-tree", "-r", "--name-only", "refs/tags/base",
			 NULL);
	char *tip = git(tree, "ls-tree", "-r", "--name-only", TIP_REF, NULL);

	return split(fmt("%s\n%s", base, tip), "\n");
}

/*
 * Everything else in TREE, objects included, is ignored rather than unknown:
 * git must not walk a source that was built.
 */
static void prepare_repo(const char *tree)
{
	if (!exists(fmt("%s/.git", tree)))
		git(tree, "init", "-q", "--template=", "-b", "series", NULL);
	else if (git_status(tree, NULL, "rev-parse", "-q", "--verify", TIP_REF,
			    NULL) && !exists(busy_mark(tree)))
		die("%s: has a git of its own that make %stree did not make: delete the directory",
		    tree, rules.make);
	spill(fmt("%s/.git/info/exclude", tree), "*\n", 2, false);
	git(tree, "config", "status.showUntrackedFiles", "no", NULL);
}

/* What the overlay was, so that refresh can tell who changed a file. */
static void record_overlay(const char *tree, const struct series *s)
{
	struct list inputs = overlay_inputs(s);
	char *dir = fmt("%s/" RECORD_DIR, tree);

	remove_all(dir);
	for (size_t i = 0; i < inputs.n; i++)
		copy_file(place(inputs.v[i]), fmt("%s/%s", dir, inputs.v[i]));
}

/*
 * The branch is moved without a checkout, which would write files anew;
 * reset then only learns their dates.
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
 * Between the first file and the end the mark says that differences in TREE
 * are ours: the next run then goes on where this one was interrupted.
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

/* TREE, a copy of the base, gets the git of @work, which has the base only. */
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
		die("%s: the base stays as it is: name another tree", arg[0]);
	if (!git_status(arg[0], NULL, "rev-parse", "-q", "--verify", TIP_REF,
			NULL) && exists(fmt("%s/.git", arg[0])))
		require_unchanged(arg[0]);
	update_tree(arg[0], arg[1]);
	return 0;
}
