// SPDX-License-Identifier: GPL-2.0
/*
 * track: add an upstream file to TREE's history, beginning with the base
 * commit, so that a fixup of any commit may change it. The work tree stays as
 * it is, because the user has often edited the file already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

static char *add_to_tree(const char *tree, const char *rev, const char *blob,
			 const char *path)
{
	git(tree, "read-tree", rev, NULL);
	git(tree, "update-index", "--add", "--cacheinfo",
	    fmt("100644,%s,%s", blob, path), NULL);
	return git(tree, "write-tree", NULL);
}

/* Return the text of commit @rev with another tree and with the new parents. */
static char *rewritten(const char *tree, const char *rev, const char *new_tree,
		       const struct list *old, const struct list *new)
{
	char *text = git(tree, "cat-file", "commit", rev, NULL);
	char *head = fmt("tree %s", new_tree);
	char *p = strchr(text, '\n');

	for (; p && !strncmp(p, "\nparent ", 8); p = strchr(p + 1, '\n'))
		for (size_t i = 0; i < old->n; i++)
			if (!strncmp(p + 8, old->v[i], strlen(old->v[i])))
				head = fmt("%s\nparent %s", head, new->v[i]);
	return fmt("%s%s\n", head, p ? p : "");
}

/* Return the new commit for @rev, to which a ref must be moved. */
static const char *moved(const struct list *old, const struct list *new,
			 const char *rev)
{
	for (size_t i = 0; i < old->n; i++)
		if (!strcmp(old->v[i], rev))
			return new->v[i];
	die("%s: not in the history of the series", rev);
}

/*
 * Rewrite all commits from the base to HEAD and to the last replay. A rebase or
 * filter-branch would refuse to run with uncommitted changes. Move the refs
 * when all new commits exist.
 */
static void rewrite(const char *tree, const char *blob, const char *path)
{
	static const char *const refs[] = {
		"HEAD", TIP_REF, "refs/tags/base",
	};
	const char *dir = scratch_dir(tree);
	struct list old, new = { 0 };

	old = split(git(tree, "rev-list", "--topo-order", "--reverse", refs[0],
			refs[1], refs[2], NULL), "\n");
	setenv("GIT_INDEX_FILE", fmt("%s/index", dir), 1);
	for (size_t i = 0; i < old.n; i++) {
		char *t = add_to_tree(tree, old.v[i], blob, path);
		char *text = rewritten(tree, old.v[i], t, &old, &new);
		char *file = fmt("%s/commit", dir);

		spill(file, text, strlen(text), false);
		add_string(&new, git(tree, "hash-object", "-t", "commit", "-w",
				     file, NULL));
	}
	unsetenv("GIT_INDEX_FILE");
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
		git(tree, "update-ref", refs[i],
		    moved(&old, &new, git(tree, "rev-parse", refs[i], NULL)),
		    NULL);
	git(tree, "reset", "-q", "--mixed", NULL);
}

int cmd_track(char **arg)
{
	const char *tree = arg[0], *path = arg[2];
	char *from = fmt("%s/%s", arg[1], path), *blob;

	if (!exists(fmt("%s/.git", tree)) ||
	    git_status(tree, NULL, "rev-parse", "-q", "--verify", TIP_REF, NULL))
		die("%s: it does not have the series: run make %stree", tree,
		    rules.make);
	if (!exists(from))
		die("%s: not in the base: give an upstream file's path, or git add -f a new one in %s",
		    path, tree);
	if (*git(tree, "ls-tree", "--name-only", "HEAD", "--", path, NULL))
		die("%s: is tracked already: edit it in %s", path, tree);
	blob = git(tree, "hash-object", "-w", "--no-filters",
		   realpath(from, NULL), NULL);
	rewrite(tree, blob, path);
	printf("%s: tracked. Next: edit it in %s, git commit --fixup=COMMIT there,\n"
	       "add the line \"edit %s\" to that commit's series/NNN-slug.txt, make %srefresh, make %slock.\n",
	       path, tree, path, rules.make, rules.make);
	return 0;
}
