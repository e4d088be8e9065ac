/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The suspend report: what a guest's debugfs/xen_suspend/last says of one or
 * many suspends, for people (text, SVG) and for programs (JSON).
 *
 * A short-lived process: what it reads is allocated and never freed.
 */
#ifndef SUSPEND_REPORT_H
#define SUSPEND_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util.h"

/*
 * A guest writes the records, so limit the memory and the time that they cost. Our kernel writes
 * at most 60 records for a suspend, and at most 80 bytes in a line.
 */
#define MAX_RECORDS 1000
#define MAX_LINE 4096

/* One callback of one phase, as drivers/xen/suspend_stats.c prints it. */
struct record {
	const char *level;	/* the table: thread, fast, stopped, parked, PV, HVM */
	const char *phase;
	bool up;
	int err;		/* what the callback returned */
	double ns;
};

struct suspend {
	const char *file;
	unsigned long line;	/* of its head */
	unsigned long count;	/* which suspend of its guest it was */
	const char *outcome;
	int err;
	const char *failed;	/* the phase that refused, NULL if none did */
	const char *slow;	/* why the walk was not the fast one, NULL if it was */
	struct record *records;
	size_t nr;
	size_t group;
};

/* One callback over all suspends of a group. */
struct cost {
	double median, p90, max;	/* ns */
	double share;			/* of all time in all phases, 0 ... 1 */
};

/*
 * Suspends that can be compared: the same outcome, and the same callbacks in
 * the same order. A resume does different work for each outcome, so figures
 * over a mixture would be of no use.
 */
struct group {
	const struct suspend *first;	/* stands for the shape of all */
	struct suspend **members;	/* in the order in which they were read */
	size_t nr;			/* suspends in it */
	struct cost *costs;		/* by record of @first */
	double way[2];			/* sum of the medians: down, up */
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
int nesting(const char *level);	/* 0 ... 2 */
void make_groups(struct report *r);

/* suspend-report-names.c: a table of names with values, for at most @most names. */
struct names {
	struct names_entry {
		const char *name;
		size_t value;
	} *entries;
	size_t room;
};

void names_make(struct names *n, size_t most);
/* Add a name, unless the table has it. Return its value. */
size_t names_add(struct names *n, const char *name, size_t value);
bool names_have(const struct names *n, const char *name);
void names_free(struct names *n);

/*
 * suspend-report-rows.c: one row for both ways of a phase, in the order of the
 * tables: read down to save, up to resume.
 */
struct row {
	const struct record *down, *up;	/* NULL if it did not go that way */
};

size_t make_rows(const struct suspend *s, struct row **rows);

/* suspend-report-text.c, -json.c, -svg.c */
void write_text(FILE *out, const struct report *r);
void write_json(FILE *out, const struct report *r);
void write_svg(FILE *out, const struct report *r);

#endif
