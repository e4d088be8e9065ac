// SPDX-License-Identifier: GPL-2.0
/*
 * patches: write TREE's history as mails. verify: check that these mails,
 * applied to the plain base, give TREE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "series.h"

#define COVER_LETTER "cover-letter.txt"

/*
 * Write the patches and the cover letter. git takes the text of the letter from
 * the description of the branch, and its subject from the first paragraph. The
 * author and the date of the letter are those of the last patch.
 */
static void write_mails(const char *tree, const char *out,
			const struct series *s)
{
	const struct entry *last = &s->entries[s->nr - 1];
	char *words = NULL;

	git_identity(last->name, last->mail, last->number);
	if (s->cover)
		words = fmt("branch.series.description=%s\n\n%s\n",
			    s->cover->subject, s->cover->body);
	git(tree, "-c", words ? words : "format.coverLetter=false",
	    "format-patch", "-q", "-n", "--zero-commit", "--no-signature",
	    "--cover-from-description=subject", "-o", out,
	    words ? "--cover-letter" : "--no-cover-letter",
	    "refs/tags/base..series", NULL);

	/* Rename the cover letter: "git am" of *.patch must not read it. */
	if (words && rename(fmt("%s/0000-cover-letter.patch", out),
			    fmt("%s/" COVER_LETTER, out)))
		die("%s: cannot rename the cover letter: %m", out);
}

/*
 * Replace the directory as a whole: mails of two runs in one directory would
 * not apply.
 */
int cmd_patches(char **arg)
{
	struct series s = load_series();
	char *new, *old;
	struct list mails = { 0 };

	require_clean(arg[0]);
	require_unchanged(arg[0]);
	new = fmt("%s/new", scratch_dir(arg[1]));
	old = fmt("%s/old", scratch_dir(arg[1]));
	write_mails(arg[0], new, &s);
	if ((exists(arg[1]) && rename(arg[1], old)) || rename(new, arg[1]))
		die("%s: cannot write the patches there: %m", arg[1]);
	list_files(arg[1], &mails);
	printf("%s: %zu files\n", arg[1], mails.n);
	return 0;
}

static int finding(const char *text)
{
	fprintf(stderr, "series: %s\n", text);
	return EXIT_FINDING;
}

/* Return messages, authors and dates of all commits, but no hashes. */
static char *history(const char *dir)
{
	return git(dir, "log", "--format=%an <%ae> %ad%n%B", "--date=raw",
		   "refs/tags/base..HEAD", NULL);
}

/*
 * Compare the files of two work trees, and their histories. Do not compare git
 * objects, because users build the files. A file that only one tree has counts
 * as different.
 */
static int compare(const char *work, const char *tree)
{
	struct list files, base;
	int rc = 0;

	base = split(git(work, "ls-tree", "-r", "--name-only",
			 "refs/tags/base", NULL), "\n");
	files = split(git(work, "ls-tree", "-r", "--name-only", "HEAD", NULL),
		      "\n");
	for (size_t i = 0; i < base.n; i++)
		add_unique(&files, base.v[i]);
	for (size_t i = 0; i < files.n; i++)
		if (!same_file(fmt("%s/%s", work, files.v[i]),
			       fmt("%s/%s", tree, files.v[i])))
			rc = finding(fmt("%s: the patches give a different %s",
					 tree, files.v[i]));
	if (strcmp(history(work), history(tree)))
		rc = finding(fmt("%s: the patches give different messages, authors or dates",
				 tree));
	return rc;
}

int cmd_verify(char **arg)
{
	char *work = fmt("%s/verify", scratch_dir(arg[0])), *err;
	struct list mails = { 0 }, base;
	size_t n = 0;
	int rc;

	require_clean(arg[0]);
	list_files(arg[2], &mails);
	base = split(git(arg[0], "ls-tree", "-r", "--name-only",
			 "refs/tags/base", NULL), "\n");
	start_repo(work, arg[1], &base);
	for (size_t i = 0; i < mails.n; i++) {
		if (!strcmp(strrchr(mails.v[i], '/'), "/" COVER_LETTER))
			continue;
		n++;
		if (git_status(work, &err, "am", "-q",
			       realpath(mails.v[i], NULL), NULL))
			return finding(fmt("%s: git am cannot apply it: %.*s",
					   mails.v[i], (int)strcspn(err, "\n"),
					   err));
	}
	if (!n)
		die("%s: no patches there: run make %sseries", arg[2],
		    rules.make);
	rc = compare(work, arg[0]);
	if (!rc)
		printf("%s: %zu patches on %s give %s, byte for byte\n",
		       arg[2], n, arg[1], arg[0]);
	return rc;
}
