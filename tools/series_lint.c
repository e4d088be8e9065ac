// SPDX-License-Identifier: GPL-2.0
/* lint: check the rules of the overlay, and report all findings at once. lock: write base.lock. */
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

static unsigned int findings;

/* Report a finding, and continue, so that the user gets the whole list. */
static void __attribute__((format(printf, 1, 2))) found(const char *f, ...)
{
	va_list ap;

	fputs("series: ", stderr);
	va_start(ap, f);
	vfprintf(stderr, f, ap);
	va_end(ap);
	fputc('\n', stderr);
	findings++;
}

/* Count the added lines of a sidecar. A changed line counts: the series carries it now. */
static unsigned int added_lines(const char *sidecar)
{
	struct list l = split(slurp(sidecar), "\n");
	unsigned int n = 0;

	for (size_t i = 2; i < l.n; i++)
		n += l.v[i][0] == '+';
	return n;
}

static unsigned int budget_of(const char *path)
{
	for (size_t i = 0; i < rules.nr_large; i++)
		if (!strcmp(rules.large[i].path, path))
			return rules.large[i].lines;
	return rules.sidecar;
}

/*
 * Check the budget of a sidecar. Return how many of its lines count against the budget of the
 * series.
 */
static unsigned int lint_sidecar(const struct entry *e, const struct step *s)
{
	unsigned int n, most = budget_of(s->path);
	const char *source = place(s->source);

	check_sidecar(source, s->path);
	if (e->fix)
		return 0;
	n = added_lines(source);
	if (n > most)
		found("%s: adds %u lines, %u at most: move code to a file of ours",
		      source, n, most);
	return n;
}

static unsigned int lint_steps(const struct series *s, struct list *used)
{
	unsigned int total = 0;

	for (size_t i = 0; i < s->nr; i++) {
		const struct entry *e = &s->entries[i];

		for (size_t k = 0; k < e->omitted.n; k++)
			add_string(used, e->omitted.v[k]);
		for (size_t k = 0; k < e->nr; k++) {
			const char *source = e->steps[k].source;

			if (!source)
				continue;
			source = place(source);
			add_string(used, source);
			if (!exists(source))
				found("%s:%u: %s: no such file in the overlay",
				      e->file, e->steps[k].line, source);
			else if (!strcmp(e->steps[k].verb->name, "edit"))
				total += lint_sidecar(e, &e->steps[k]);
		}
	}
	if (total > rules.total)
		found("the sidecars add %u lines, %u at most: move code to files of ours",
		      total, rules.total);
	return total;
}

/*
 * Return the files in bases/LINE, except its lock, entries and tests. Report files that are the
 * same as in the overlay. A file of the overlay may be for other lines only, so it is not checked
 * here.
 */
static struct list line_files(void)
{
	struct list all = { 0 }, files = { 0 };

	list_files(line_dir, &all);
	for (size_t i = 0; i < all.n; i++) {
		const char *path = placed(all.v[i]);

		if (strcmp(path, "base.lock") && exists(path) &&
		    same_file(all.v[i], path))
			found("%s: is the same as %s: delete it", all.v[i], path);
		if (strcmp(path, "base.lock") && strncmp(path, "series/", 7) &&
		    strncmp(path, "tests/", 6))
			add_string(&files, all.v[i]);
	}
	return files;
}

/*
 * Return the files of the overlay. Files at the top that are no sidecars, and files in directories
 * that series.rules does not name, belong to the project itself.
 */
static struct list overlay_files(void)
{
	struct list files = { 0 };
	glob_t top = { 0 };

	if (line_dir)
		return line_files();

	glob("*.patch", 0, NULL, &top);
	for (size_t i = 0; i < top.gl_pathc; i++)
		add_string(&files, top.gl_pathv[i]);
	for (size_t i = 0; i < rules.directories.n; i++)
		list_files(rules.directories.v[i], &files);
	list_files("strip", &files);
	return files;
}

/* Return the heaviest of @top and of the verbs of entry @e for @path, or NULL if there are none. */
static const struct verb *heavier(const struct entry *e, const char *path,
				  const struct verb *top)
{
	for (size_t k = 0; k < e->nr; k++) {
		const struct step *s = &e->steps[k];

		if (has_string(&s->files, path) &&
		    (!top || s->verb->weight > top->weight))
			top = s->verb;
	}
	return top;
}

/*
 * Return the upstream files that the series uses, each as "VERB PATH" with the heaviest verb. Leave
 * out a file whose first verb is add, because the series creates it.
 */
static struct list locked_files(const struct series *s)
{
	struct list paths = touched_files(s), l = { 0 };

	for (size_t p = 0; p < paths.n; p++) {
		const struct verb *top = NULL;
		bool ours = false;

		for (size_t i = 0; i < s->nr; i++) {
			top = heavier(&s->entries[i], paths.v[p], top);
			ours |= top && !top->upstream;
		}
		if (!ours)
			add_string(&l, fmt("%s %s", top->name, paths.v[p]));
	}
	return l;
}

/*
 * Compare the files in base.lock with those of the series. tools/base checks the checksums, because
 * it has the base.
 */
static void lint_lock(const struct series *s)
{
	struct list want = locked_files(s), have = { 0 };
	struct list lines = split(slurp(place("base.lock")), "\n");

	for (size_t i = 0; i < lines.n; i++) {
		struct list w = split(lines.v[i], " ");

		if (w.n == 4 && !strcmp(w.v[0], "sha256"))
			add_string(&have, fmt("%s %s", w.v[2], w.v[3]));
	}
	for (size_t i = 0; i < want.n; i++)
		if (!has_string(&have, want.v[i]))
			found("%s: no line for \"%s\": run make %slock",
			      place("base.lock"), want.v[i], rules.make);
	for (size_t i = 0; i < have.n; i++)
		if (!has_string(&want, have.v[i]))
			found("%s: \"%s\" is not in the series: run make %slock",
			      place("base.lock"), have.v[i], rules.make);
}

/* Apply the series to @base, and return notes about the hunks of all its sidecars. */
static struct hunk_note *hunks_on(const char *base, const struct series *s,
				  size_t *nr)
{
	static unsigned int runs;

	hunk_notes = NULL;
	nr_hunk_notes = 0;
	note_hunks = true;
	replay(fmt("%s/lint%u", scratch_dir(base), runs++), base, s);
	note_hunks = false;
	*nr = nr_hunk_notes;
	return hunk_notes;
}

/*
 * Report hunks whose old text is not in the file exactly once. If another base lacks the right
 * place, the hunk would be applied at the wrong one.
 */
static void lint_hunks(const struct hunk_note *notes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (notes[i].times != 1)
			found("%s: hunk %u: its old text occurs %u times: run make %srefresh, which adds context",
			      notes[i].source, notes[i].number, notes[i].times,
			      rules.make);
}

/*
 * Report a hunk that changes another function in the other line. Compare only sidecars that both
 * lines use: a line's own sidecar was made for its own base.
 */
static void compare_hunks(const struct hunk_note *a, size_t nr_a,
			  const struct hunk_note *b, size_t nr_b,
			  const char *line)
{
	for (size_t i = 0; i < nr_a; i++)
		for (size_t k = 0; k < nr_b; k++)
			if (a[i].number == b[k].number && a[i].function &&
			    b[k].function && !strcmp(a[i].source, b[k].source) &&
			    strcmp(a[i].function, b[k].function))
				found("%s: hunk %u changes %s, but %s in %s: add a sidecar for that line of kernels",
				      a[i].source, a[i].number, a[i].function,
				      b[k].function, line);
}

/*
 * Check the hunks on BASE, and compare them with those on the base of another line. @arg ends in
 * NULL.
 */
static void lint_on_bases(char **arg, const struct series *s)
{
	struct hunk_note *own, *others;
	size_t nr_own, nr_others;
	struct series other;

	if (arg[1] && !arg[2])
		die("lint: the base of line %s is missing: give LINE BASE", arg[1]);
	own = hunks_on(arg[0], s, &nr_own);
	lint_hunks(own, nr_own);
	if (!arg[1])
		return;
	choose_line(arg[1]);
	other = load_series();
	others = hunks_on(arg[2], &other, &nr_others);
	compare_hunks(own, nr_own, others, nr_others, arg[1]);
}

int cmd_lint(char **arg)
{
	struct series s = load_series();
	struct list used = { 0 }, files = overlay_files();
	unsigned int total = lint_steps(&s, &used);

	for (size_t i = 0; i < files.n; i++)
		if (!has_string(&used, files.v[i]))
			found("%s: no series entry uses it: add it to an entry, or delete it",
			      files.v[i]);
	lint_lock(&s);
	if (arg[0] && !findings)
		lint_on_bases(arg, &s);
	printf("series lint: %zu entries, %zu overlay files, %u of %u sidecar lines, %u findings\n",
	       s.nr, used.n, total, rules.total, findings);
	return findings ? EXIT_FINDING : 0;
}

/* Return the first line of base.lock, "KIND NAME VERSION [SUITE]", with this version. */
static char *lock_line(const char *version)
{
	const char *text = exists(place("base.lock")) ? slurp(place("base.lock")) : "";
	struct list w = split(fmt("%.*s", (int)strcspn(text, "\n"), text), " ");

	if (w.n < 3 || w.n > 4 || (strcmp(w.v[0], "package") && strcmp(w.v[0], "source")))
		die("base.lock: the first line must be \"package NAME VERSION\", or \"source NAME VERSION\": restore it with git checkout");
	return fmt("%s %s %s%s%s\n", w.v[0], w.v[1], version,
		   w.n == 4 ? " " : "", w.n == 4 ? w.v[3] : "");
}

/*
 * Write base.lock. No other command may do this, because base.lock records that a person has
 * reviewed this version of these files.
 */
int cmd_lock(char **arg)
{
	struct series s = load_series();
	struct list files = locked_files(&s);
	char *text = lock_line(arg[1]);

	for (size_t i = 0; i < files.n; i++) {
		const char *path = strchr(files.v[i], ' ') + 1;
		char *argv[] = { "sha256sum", "--", (char *)path, NULL };
		char *out, *err;

		if (run(arg[0], argv, &out, &err))
			die("%s/%s: not in the base: %.*s", arg[0], path,
			    (int)strcspn(err, "\n"), err);
		text = fmt("%ssha256 %.64s %s\n", text, out, files.v[i]);
	}
	spill(place("base.lock"), text, strlen(text), false);
	printf("%s: %s, %zu files\n", place("base.lock"), arg[1], files.n);
	return 0;
}
