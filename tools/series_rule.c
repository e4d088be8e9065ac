// SPDX-License-Identifier: GPL-2.0
/*
 * The head of a strip rule: which files it works on, which names it ends.
 */
#include <string.h>

#include "series.h"

/* "// files: a b" adds a and b to @l; false where the line has another tag. */
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

/* Fills @s from strip/NAME.cocci; each of the two heads may be repeated. */
void load_rule(struct step *s, const char *file, unsigned int line)
{
	struct list lines;

	s->path = fmt("%s", file);
	if (!exists(place(file)))
		die("%s: no such rule, though line %u of an entry strips it",
		    file, line);
	lines = split(slurp(place(file)), "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (!take(lines.v[i], "// files:", &s->files))
			take(lines.v[i], "// gone:", &s->gone);
	if (!s->files.n)
		die("%s: no line \"// files: PATH...\" says where it applies",
		    file);
	if (!s->gone.n)
		die("%s: no line \"// gone: NAME...\" says what it removes",
		    file);
}
