// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz find_domain() of xen-domctx, which looks up the name of a domain in xenstore.
 *
 * An input is lines. The first line is the name that the user gave. Each other line is an entry of
 * /local/domain, a tab, and the name in this entry. An entry without a tab has no name. The result
 * must be that of a model: the only entry that is an id and has this name, or an error.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "../../tools/domctx.h"

#undef free
#define MUST(x) do { if (!(x)) { fprintf(stderr, "check failed: %s\n", #x); abort(); } } while (0)
#define ENTRIES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char program[] = "name-fuzz";
static unsigned long inputs, found;
static jmp_buf refused;

static struct { char *domid, *name; } entries[ENTRIES];
static unsigned int nr_entries;
static char **listed;	/* the list of entries, if find_domain() has not freed it */

/* Report accepted inputs to tests/fuzz/run, which requires some: rejected inputs test little. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", found, inputs);
}

void die(const char *fmt, ...)
{
	char line[8192];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	MUST(len > 0);
	longjmp(refused, 1);
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return (struct xs_handle *)entries;
}

void xs_close(struct xs_handle *h)
{
	MUST(h == (struct xs_handle *)entries);
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *nr)
{
	(void)h, (void)t;
	MUST(!strcmp(path, "/local/domain"));
	listed = malloc((nr_entries + 1) * sizeof(*listed));
	MUST(listed);
	for (*nr = 0; *nr < nr_entries; ++*nr)
		listed[*nr] = entries[*nr].domid;
	return listed;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	static const char front[] = "/local/domain/", back[] = "/name";

	(void)h, (void)t, (void)len;
	MUST(!strncmp(path, front, strlen(front)));
	for (unsigned int i = 0; i < nr_entries; i++) {
		size_t n = strlen(entries[i].domid);

		if (!strncmp(path + strlen(front), entries[i].domid, n) &&
		    !strcmp(path + strlen(front) + n, back))
			return entries[i].name ? strdup(entries[i].name) : NULL;
	}
	abort();
}

void fuzz_free(void *p)
{
	if (p == listed)
		listed = NULL;
	free(p);
}

/* Return the domain id that a text consists of, or -1 if the text is no id. */
static long id_of(const char *text)
{
	unsigned long id = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -1;
		id = 10 * id + *text - '0';
		if (id >= DOMID_FIRST_RESERVED)
			return -1;
	}
	return id;
}

static long model(const char *name)
{
	long id = -1;

	if (*name && !name[strspn(name, "0123456789")])
		return id_of(name);
	for (unsigned int i = 0; i < nr_entries; i++) {
		if (!entries[i].name || strcmp(entries[i].name, name) || id_of(entries[i].domid) < 0)
			continue;
		if (id >= 0)
			return -1;
		id = id_of(entries[i].domid);
	}
	return id;
}

/* Add an entry, unless xenstore cannot have it: an empty one, one with a slash, or a second one. */
static void add_entry(char *line)
{
	char *tab = strchr(line, '\t');

	if (tab)
		*tab++ = '\0';
	if (!*line || strchr(line, '/') || nr_entries == ENTRIES)
		return;
	for (unsigned int i = 0; i < nr_entries; i++)
		if (!strcmp(entries[i].domid, line))
			return;
	entries[nr_entries].domid = line;
	entries[nr_entries++].name = tab;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *name;
	volatile long id = -1;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	name = strsep(&rest, "\n");
	for (nr_entries = 0; rest; )
		add_entry(strsep(&rest, "\n"));
	inputs++;
	if (!setjmp(refused)) {
		id = find_domain(name);
		found++;
	}
	MUST(id == model(name));
	free(listed);
	listed = NULL;
	free(text);
	return 0;
}
