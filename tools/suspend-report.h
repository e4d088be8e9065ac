/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspend-report: print the records of suspends from copies of a guest's debugfs/xen_suspend/last:
 * as text or SVG for people, or as JSON for programs.
 *
 * The process is short-lived, so it never frees the data that it reads.
 */
#ifndef SUSPEND_REPORT_H
#define SUSPEND_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util.h"

/*
 * A guest writes the records, so limit the memory and the time that they need. The kernel of this
 * series writes at most 60 records for a suspend, and at most 80 bytes in a line.
 */
#define MAX_RECORDS 1000
#define MAX_LINE 4096

/* One call of a callback of a phase, as drivers/xen/suspend_stats.c prints it. */
struct record {
	const char *level;	/* the table: thread, fast, stopped, parked, PV, HVM */
	const char *phase;
	bool up;
	int err;		/* return value of the callback */
	double ns;
};

struct suspend {
	const char *file;
	unsigned long line;	/* line number of the head of its records */
	unsigned long count;	/* number of this suspend in its guest */
	const char *outcome;
	int err;
	const char *failed;	/* the phase that refused, NULL if none did */
	const char *slow;	/* why the fast walk was not used, or NULL */
	struct record *records;
	size_t nr;
	size_t group;
};

/* The cost of one callback in all suspends of a group. */
struct cost {
	double median, p90, max;	/* all in ns */
	double share;			/* part of the time of all callbacks, 0 ... 1 */
};

/*
 * Suspends that can be compared: they have the same outcome, and the same callbacks in the same
 * order. A resume does different work for each outcome, so statistics of different outcomes
 * together would be meaningless.
 */
struct group {
	const struct suspend *first;	/* its outcome and callbacks are those of all members */
	struct suspend **members;	/* in the order in which they were read */
	size_t nr;			/* number of members */
	struct cost *costs;		/* one for each record of @first */
	double way[2];			/* sums of the medians of the way down and the way up */
};

struct report {
	struct suspend *suspends;
	size_t nr;
	struct group *groups;
	size_t nr_groups;
};

/* suspend-report.c */
const char *error_name(int err);

/* suspend-report-read.c */
void read_suspends(struct report *r, const char *name, FILE *in);

/* suspend-report-stats.c */
int nesting(const char *level);	/* depth of the table of a level, 0 ... 2 */
void make_groups(struct report *r);

/* suspend-report-names.c: a hash table of names with values, for at most @most names. */
struct names {
	struct names_entry {
		const char *name;
		size_t value;
	} *entries;
	size_t room;
};

void names_make(struct names *n, size_t most);
/* Add a name with this value, unless the table has the name. Return the value in the table. */
size_t names_add(struct names *n, const char *name, size_t value);
bool names_have(const struct names *n, const char *name);
void names_free(struct names *n);

/*
 * suspend-report-rows.c: a row has both ways of a phase. Rows are in the order of the tables: from
 * top to bottom for a save, from bottom to top for a resume.
 */
struct row {
	const struct record *down, *up;	/* NULL: the phase has no record of this way */
};

size_t make_rows(const struct suspend *s, struct row **rows);

/* suspend-report-text.c, -json.c, -svg.c */
void write_text(FILE *out, const struct report *r);
void write_json(FILE *out, const struct report *r);
void write_svg(FILE *out, const struct report *r);

#endif
