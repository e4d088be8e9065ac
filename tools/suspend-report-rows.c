// SPDX-License-Identifier: GPL-2.0
/*
 * Make the rows of a timeline. The phases of the way up are those of the way
 * down in reverse order. There are two exceptions. A phase that refused has no
 * way up. If the vCPUs failed to stop together, the phase "rendezvous" has only
 * a way up.
 */
#include "suspend-report.h"

/**
 *make_rows - pair the two ways of each phase
 * @s: a suspend
 * @out: set to an array of rows, which the caller owns
 *
 * Return: the number of rows.
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

	/*
	 * A phase without a way down gets a row below all phases that went
	 * down.
	 */
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
