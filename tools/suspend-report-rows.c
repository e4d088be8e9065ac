// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of a timeline. The way up is the way down reversed, but for what
 * refused, and for the vCPUs' parting where they never met.
 */
#include "suspend-report.h"

/**
 * make_rows - pair the two ways of each phase
 * @s: a suspend
 * @out: set to the rows
 *
 * Return: how many.
 */
size_t make_rows(const struct suspend *s, struct row **out)
{
	struct row *rows = grow(NULL, s->nr, sizeof(*rows));
	struct names names;
	size_t nr = 0, i;

	names_make(&names, s->nr);
	for (i = 0; i < s->nr && !s->records[i].up; i++) {
		names_add(&names, s->records[i].phase, nr);
		rows[nr++] = (struct row){ .down = &s->records[i] };
	}

	/* A parting without a meeting is below all that went down. */
	for (; i < s->nr; i++) {
		size_t row = names_add(&names, s->records[i].phase, nr);

		if (row == nr)
			rows[nr++] = (struct row){ .down = NULL };
		rows[row].up = &s->records[i];
	}
	names_free(&names);
	*out = rows;
	return nr;
}
