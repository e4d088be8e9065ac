// SPDX-License-Identifier: GPL-2.0
/*
 * Read the head of a strip rule: the files that it changes, and the names that
 * it removes.
 */
#include <string.h>

#include "series.h"

/*
 * Add a and b of "// files: a b" to @l. Return false if the line has another
 * tag.
 */
static bool take(const char *line, const char *tag, struct list *l)
{
	size_t len = strlen(tag);
	struct list w;

	if (strncmp(line, tag, len))
		return false;
	w = split(line + len, " \t");
	for (size_t i = 0; i < w.n; i++)
		add_unique(l, w.v[i]);
	return true;
}

/*
 * Read strip/NAME.cocci into @s. Its lines "// files:" and "// gone:" may be
 * repeated.
 */
void load_rule(struct step *s, const char *file, unsigned int line)
{
	struct list lines;

	s->path = fmt("%s", file);
	if (!exists(place(file)))
		die("%s: no such rule, but line %u of an entry names it",
		    file, line);
	lines = split(slurp(place(file)), "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (!take(lines.v[i], "// files:", &s->files))
			take(lines.v[i], "// gone:", &s->gone);
	if (!s->files.n)
		die("%s: add a line \"// files: PATH...\" with the files that it changes",
		    file);
	if (!s->gone.n)
		die("%s: add a line \"// gone: NAME...\" with the names that it removes",
		    file);
}
