// SPDX-License-Identifier: GPL-2.0
/* Strings, lists, and die(). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

char *overlay;

/*
 * Print an error in one line, and exit. At exit, the scratch directory is
 * removed.
 */
void die(const char *f, ...)
{
	va_list ap;

	fputs("series: ", stderr);
	va_start(ap, f);
	vfprintf(stderr, f, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_CANNOT);
}

char *fmt(const char *f, ...)
{
	va_list ap;
	char *s;

	va_start(ap, f);
	if (vasprintf(&s, f, ap) < 0)
		die("out of memory");
	va_end(ap);
	return s;
}

/*
 * Make room for one more element behind @nr elements, and clear the new
 * element.
 */
void *grow(void *old, size_t nr, size_t size)
{
	void *p = realloc(old, (nr + 1) * size);

	if (!p)
		die("out of memory");
	memset((char *)p + nr * size, 0, size);
	return p;
}

void add_string(struct list *l, const char *s)
{
	l->v = grow(l->v, l->n, sizeof(*l->v));
	l->v[l->n++] = fmt("%s", s);
}

bool has_string(const struct list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			return true;
	return false;
}

void add_unique(struct list *l, const char *s)
{
	if (!has_string(l, s))
		add_string(l, s);
}

struct list split(const char *text, const char *separators)
{
	struct list l = { 0 };
	char *copy = fmt("%s", text), *save;

	for (char *w = strtok_r(copy, separators, &save); w;
	     w = strtok_r(NULL, separators, &save))
		add_string(&l, w);
	return l;
}
