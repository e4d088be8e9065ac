// SPDX-License-Identifier: GPL-2.0
/*
 * A hash table of names. A search without it would compare a name with all others. A guest may
 * choose names that collide, but MAX_RECORDS limits the time that they cost.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "suspend-report.h"

/* The hash function FNV-1a. */
static size_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h;
}

void names_make(struct names *n, size_t most)
{
	n->room = 2 * most + 1;
	n->entries = grow(NULL, n->room, sizeof(*n->entries));
	memset(n->entries, 0, n->room * sizeof(*n->entries));
}

size_t names_add(struct names *n, const char *name, size_t value)
{
	size_t i = hash(name) % n->room;

	for (; n->entries[i].name; i = (i + 1) % n->room)
		if (!strcmp(n->entries[i].name, name))
			return n->entries[i].value;
	n->entries[i] = (struct names_entry){ name, value };
	return value;
}

bool names_have(const struct names *n, const char *name)
{
	size_t i = hash(name) % n->room;

	for (; n->entries[i].name; i = (i + 1) % n->room)
		if (!strcmp(n->entries[i].name, name))
			return true;
	return false;
}

void names_free(struct names *n)
{
	free(n->entries);
}
