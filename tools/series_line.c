// SPDX-License-Identifier: GPL-2.0
/*
 * The line of kernels, such as 6.12. The overlay is written for the line of base.lock. Another line
 * has its own bases/LINE/base.lock, and bases/LINE may have files that replace those with the same
 * path in the overlay. The code names a file by its path in the overlay, and place() returns the
 * path of the file for this line.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

const char *line_dir;
bool has_lines;

/* Select a line of kernels. If there is no bases/LINE, the overlay itself must be of this line. */
void choose_line(const char *line)
{
	struct list lock;

	has_lines = true;
	line_dir = fmt("bases/%s", line);
	if (exists(fmt("%s/base.lock", line_dir)))
		return;
	line_dir = NULL;
	lock = split(slurp("base.lock"), " \n");
	if (lock.n < 3 || strncmp(lock.v[2], line, strlen(line)) ||
	    isdigit((unsigned char)lock.v[2][strlen(line)]))
		die("%s: base.lock is of another line, and there is no bases/%s/base.lock",
		    line, line);
}

/* Return the file for the overlay path @path in this line. */
char *place(const char *path)
{
	char *own = line_dir ? fmt("%s/%s", line_dir, path) : NULL;

	return own && exists(own) ? own : fmt("%s", path);
}

/* Return the overlay path of the file @place. This is the inverse of place(). */
const char *placed(const char *place)
{
	size_t len = line_dir ? strlen(line_dir) : 0;

	return len && !strncmp(place, line_dir, len) && place[len] == '/' ?
	       place + len + 1 : place;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(placed(*(char *const *)a), placed(*(char *const *)b));
}

/*
 * Return the entries, in the order of their names. An entry that the overlay does not have is
 * NNNx-slug.txt, and comes behind NNN.
 */
struct list entry_files(void)
{
	struct list common = { 0 }, own = { 0 }, l = { 0 };

	list_files("series", &common);
	if (line_dir)
		list_files(fmt("%s/series", line_dir), &own);
	for (size_t i = 0; i < common.n; i++)
		add_string(&l, place(common.v[i]));
	for (size_t i = 0; i < own.n; i++)
		if (!has_string(&common, placed(own.v[i])))
			add_string(&l, own.v[i]);
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_name);
	return l;
}

/*
 * Return whether this line omits an entry or a step, because its file begins with "Omit:
 * WHY".
 */
bool is_omitted(const char *file)
{
	const char *text;

	if (placed(file) == file)
		return false;
	text = slurp(file);
	if (strncmp(text, "Omit:", 5))
		return false;
	if (!exists(placed(file)))
		die("%s: there is no %s to omit: delete the file", file,
		    placed(file));
	if (strncmp(text, "Omit: ", 6) || text[6] == '\n' || !text[6])
		die("%s: write \"Omit: REASON\"", file);
	return true;
}
