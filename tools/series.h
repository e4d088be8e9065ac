/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The series tool converts an overlay (whole files, sidecars, strip rules, series entries) to a git
 * history on top of the overlay's base source, and back.
 *
 * The process is short-lived, so it never frees strings.
 */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses: lint or verify has found something; or a command could not run. */
#define EXIT_FINDING	1
#define EXIT_CANNOT	2

struct list {
	char **v;
	size_t n;
};

struct entry;
struct step;

/*
 * A verb of an entry. @apply makes the change of the overlay in a work tree. @refresh takes the
 * content from commit @rev instead, and writes to @out what the overlay must contain to give this
 * content by @apply.
 */
struct verb {
	const char *name;
	int weight;		/* base.lock names the heaviest verb of a file */
	bool upstream;		/* the file must exist before */
	void (*apply)(const char *dir, const struct entry *e,
		      const struct step *s);
	void (*refresh)(const char *dir, const struct entry *e,
			const struct step *s, const char *rev, const char *out);
};

struct step {
	const struct verb *verb;
	char *path;		/* of the file in the source; for strip, of the rule */
	char *source;		/* the overlay file, see place(); NULL for remove */
	struct list files;	/* files of the source that the step changes */
	struct list gone;	/* strip: names that must not remain */
	unsigned int line;
};

struct entry {
	char *file;		/* series/NNN-slug.txt, or that of the line */
	char *subject;
	char *body;		/* without blank lines at either end */
	char *tail;		/* all that follows the "---" line, verbatim */
	char *name, *mail;	/* from the last Signed-off-by */
	int number;
	unsigned int first_verb;	/* its line number in the file */
	bool fix;		/* stand-alone fix: its sidecars count against no budget */
	struct step *steps;
	size_t nr;
	struct list omitted;	/* files with "Omit:", for steps that the line omits */
};

struct series {
	struct entry *cover;	/* NULL when there is no series/000-cover.txt */
	struct entry *entries;
	size_t nr;
};

/* The settings in the overlay's series.rules. */
struct rules {
	const char *make;	/* prefix of make targets, such as "xen-" of xen-tree */
	struct list directories;	/* directories with the overlay's files of the source */
	unsigned int sidecar;	/* the most added lines in a sidecar */
	unsigned int total;	/* the most added lines in all sidecars */
	struct {
		const char *path;
		unsigned int lines;
	} *large;		/* sidecars with a budget of their own */
	size_t nr_large;
};

/* series_util.c */
extern char *overlay;		/* absolute path of the overlay */
void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
char *fmt(const char *f, ...) __attribute__((format(printf, 1, 2)));
void *grow(void *old, size_t nr, size_t size);
void add_string(struct list *l, const char *s);
void add_unique(struct list *l, const char *s);
bool has_string(const struct list *l, const char *s);
struct list split(const char *text, const char *separators);

/* series_file.c */
bool exists(const char *path);
char *slurp(const char *path);
void spill(const char *path, const char *text, size_t len, bool executable);
void make_parents(const char *path);
void copy_file(const char *from, const char *to);
bool same_file(const char *a, const char *b);
void list_files(const char *dir, struct list *l);
void remove_all(const char *dir);
const char *scratch_dir(const char *beside);

/* series_run.c */
void catch_signals(void);
int run(const char *dir, char *const argv[], char **out, char **err);
char *git(const char *dir, ...) __attribute__((sentinel));
int git_status(const char *dir, char **err, ...) __attribute__((sentinel));
void git_identity(const char *name, const char *mail, int number);

/* series_rules.c */
extern struct rules rules;
void load_rules(void);

/* series_line.c */
extern const char *line_dir;	/* bases/LINE, NULL for the overlay's own line */
extern bool has_lines;		/* choose_line() was called */
void choose_line(const char *line);
char *place(const char *path);
const char *placed(const char *place);
struct list entry_files(void);
bool is_omitted(const char *file);

/* series_entry.c, series_rule.c */
struct series load_series(void);
struct entry parse_message(const char *file, bool cover);
void load_rule(struct step *s, const char *file, unsigned int line);
char *entry_text(const char *subject, const char *body, const char *tail);
const struct verb *find_verb(const char *name);
struct list touched_files(const struct series *s);
struct list overlay_inputs(const struct series *s);

/* series_apply.c, series_strip.c */
void apply_entry(const char *dir, const struct entry *e);
void check_sidecar(const char *file, const char *path);
void strip_apply(const char *dir, const struct entry *e, const struct step *s);
void check_gone(const char *dir, const struct entry *e);
void apply_whole(const char *dir, const struct entry *e, const struct step *s);
void apply_edit(const char *dir, const struct entry *e, const struct step *s);
void apply_remove(const char *dir, const struct entry *e,
		  const struct step *s);

/* series_hunk.c */
struct hunk_note {
	char *source;
	char *function;		/* that the hunk changes; NULL: not found, or no C and no Kconfig */
	unsigned int number;	/* of the hunk in its sidecar, from 1 */
	unsigned int times;	/* that the old text of the hunk is in the file */
};

extern bool note_hunks;		/* apply_edit() must fill hunk_notes */
extern struct hunk_note *hunk_notes;
extern size_t nr_hunk_notes;
void look_at_hunks(const char *dir, const char *source, const char *path);
char *make_hunks(const char *dir, const char *old, const char *new);

/* series_refresh.c */
void refresh_whole(const char *dir, const struct entry *e,
		   const struct step *s, const char *rev, const char *out);
void refresh_edit(const char *dir, const struct entry *e,
		  const struct step *s, const char *rev, const char *out);
void refresh_remove(const char *dir, const struct entry *e,
		    const struct step *s, const char *rev, const char *out);
void refresh_strip(const char *dir, const struct entry *e,
		   const struct step *s, const char *rev, const char *out);

/* series_tree.c */
#define TIP_REF		"refs/series/tip"
#define RECORD_DIR	".git/series-overlay"
void replay(const char *dir, const char *base, const struct series *s);
void start_repo(const char *dir, const char *base, const struct list *files);
void require_unchanged(const char *tree);
void require_clean(const char *tree);
void start_tree(const char *tree, const char *work);
void update_tree(const char *tree, const char *base);

/* The commands of the tool. Each gets the arguments that its usage line names. */
int cmd_tree(char **arg);
int cmd_patches(char **arg);
int cmd_verify(char **arg);
int cmd_refresh(char **arg);
int cmd_track(char **arg);
int cmd_port(char **arg);
int cmd_lint(char **arg);
int cmd_lock(char **arg);

#endif
