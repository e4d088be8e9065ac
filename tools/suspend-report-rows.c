// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of a timeline. The way up is the way down reversed, but for what
 * refused, and for the vCPUs' parting where they never met.
 */
#include <string.h>

#include "suspend-report.h"

static size_t find_row(const struct row *rows, size_t nr, const char *phase)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp((rows[i].down ?: rows[i].up)->phase, phase))
			break;
	return i;
}

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
	size_t nr = 0, i;

	for (i = 0; i < s->nr && !s->records[i].up; i++)
		rows[nr++] = (struct row){ .down = &s->records[i] };

	/* A parting without a meeting is below all that went down. */
	for (; i < s->nr; i++) {
		size_t row = find_row(rows, nr, s->records[i].phase);

		if (row == nr)
			rows[nr++] = (struct row){ .down = NULL };
		rows[row].up = &s->records[i];
	}
	*out = rows;
	return nr;
}
