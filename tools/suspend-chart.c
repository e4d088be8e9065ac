// SPDX-License-Identifier: GPL-2.0
/*
 * suspend-chart [FILE]: draw the records of a suspend, as a guest's
 * debugfs/xen_suspend/last has them, as a timeline of bars in the terminal.
 *
 * Phases follow one another, so each bar starts where the one before ended.
 * The hypercall is a gap of unknown length: its ends may be on two hosts.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RECORDS 128
#define WIDTH 40

struct record {
	char level[16], dir[8], phase[32];
	int err;
	double us;
};

struct suspend {
	char head[128];
	struct record records[MAX_RECORDS];
	int nr;
};

static void die(const char *file, const char *what)
{
	fprintf(stderr, "suspend-chart: %s: %s\n", file, what);
	exit(2);
}

/* Phases have blanks in their names, so fields are separated by tabs. */
static bool parse(char *line, struct record *r)
{
	unsigned long long ns;

	if (sscanf(line, "%15[^\t]\t%7[^\t]\t%31[^\t]\t%d\t%llu", r->level,
		   r->dir, r->phase, &r->err, &ns) != 5)
		return false;
	r->us = ns / 1000.0;
	return true;
}

static void load(const char *file, FILE *in, struct suspend *s)
{
	char line[256];

	if (!fgets(s->head, sizeof(s->head), in) ||
	    strncmp(s->head, "suspend ", 8))
		die(file, "not the records of a suspend: copy /sys/kernel/debug/xen_suspend/last of a guest");
	s->head[strcspn(s->head, "\n")] = '\0';

	while (fgets(line, sizeof(line), in)) {
		if (s->nr == MAX_RECORDS)
			die(file, "too many records");
		if (!parse(line, &s->records[s->nr]))
			die(file, "a line is not a record");
		s->nr++;
	}
}

static bool goes_up(const struct record *r)
{
	return !strcmp(r->dir, "up");
}

static void bar(const struct record *r, double start, double total)
{
	int from = start / total * WIDTH;
	int len = r->us / total * WIDTH;
	int i;

	printf("%-8s %-15s %9.3f ms  |%*s", r->level, r->phase, r->us / 1000,
	       from, "");
	for (i = 0; i < (len ? len : 1); i++)
		putchar(r->err ? '!' : len ? '#' : '.');
	printf(r->err ? "  refused (%d)\n" : "\n", r->err);
}

/* One way, to a scale of its own: the two ways do not compare. */
static void draw(const struct suspend *s, bool up)
{
	double total = 0, start = 0;
	int i;

	for (i = 0; i < s->nr; i++)
		if (goes_up(&s->records[i]) == up)
			total += s->records[i].us;
	if (!total)
		return;

	printf("%s, %.3f ms\n", up ? "up" : "down", total / 1000);
	for (i = 0; i < s->nr; i++) {
		if (goes_up(&s->records[i]) != up)
			continue;
		bar(&s->records[i], start, total);
		start += s->records[i].us;
	}
}

int main(int argc, char **argv)
{
	static struct suspend s;
	const char *file = argc > 1 ? argv[1] : "standard input";
	FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;

	if (argc > 2 || (argc > 1 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: suspend-chart [FILE]\n");
		return 2;
	}
	if (!in)
		die(file, strerror(errno));

	load(file, in, &s);
	printf("%s\n", s.head);
	draw(&s, false);
	puts("--------- HYPERVISOR_suspend ---------");
	draw(&s, true);
	return 0;
}
