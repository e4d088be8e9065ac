// SPDX-License-Identifier: GPL-2.0
/*
 * port: apply the commits of another tree one after the other to the base of
 * this line, by git's three-way merge. Do not use sidecars: in another base,
 * some hunks would be applied in the wrong function.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

/*
 * Return the files that the series changes in this line, and those that it
 * changes in the tree @from.
 */
static struct list files_of_both(const char *from)
{
	struct series s = load_series();
	struct list files = touched_files(&s);
	struct list theirs = split(git(from, "diff", "--name-only",
				       "--no-renames", "refs/tags/base", "HEAD",
				       NULL), "\n");

	for (size_t i = 0; i < theirs.n; i++)
		add_unique(&files, theirs.v[i]);
	return files;
}

int cmd_port(char **arg)
{
	const char *tree = arg[0], *from = realpath(arg[2], NULL);
	char *work = fmt("%s/port", scratch_dir(tree)), *err, *range;
	struct list files;

	if (!exists(fmt("%s/Makefile", tree)) || exists(fmt("%s/.git", tree)))
		die("%s: must be a copy of the base without a .git: remove it, and run make %sport again",
		    tree, rules.make);
	if (!from || git_status(from, NULL, "rev-parse", "-q", "--verify",
				"refs/tags/base", NULL))
		die("%s: must be a tree that make tree has made, with the tag base", arg[2]);
	files = files_of_both(from);
	start_repo(work, arg[1], &files);
	start_tree(tree, work);
	git(tree, "fetch", "-q", "--no-tags", from, "HEAD:refs/series/from",
	    "refs/tags/base:refs/series/from-base", NULL);
	range = fmt("refs/series/from-base..refs/series/from");
	if (git_status(tree, &err, "cherry-pick", range, NULL)) {
		fprintf(stderr, "series: %s: %.*s: resolve it there, git add -f and git cherry-pick --continue; then make %srefresh\n",
			tree, (int)strcspn(err, "\n"), err, rules.make);
		return EXIT_FINDING;
	}
	printf("%s: %s commits; next: make %srefresh\n", tree,
	       git(tree, "rev-list", "--count", "refs/tags/base..HEAD", NULL),
	       rules.make);
	return 0;
}
