// SPDX-License-Identifier: GPL-2.0
/*
 * xen-domctx on what it did not make: the parser, the text and the comparison, of one
 * stream with itself and of two; and what a load sends to Xen.
 *
 * An input is a raw dump, or two, one after the other.
 */
#include "../../tools/domctx.h"

#include <stdlib.h>
#include <string.h>

#define MUST(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char program[] = "parse-fuzz";
static FILE *null;
static unsigned long inputs, parsed;

/* For tests/fuzz/run: what is refused at once tests little. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", parsed, inputs);
}

/* A context has no differences from itself, and its text can be written. */
static void look_at(const struct context *c)
{
	struct differences d = { .all = true };

	show_context(null, c);
	diff_contexts(&d, c, c, RESTORED);
	diff_contexts(&d, c, c, GOES_ON);
	MUST(!d.nr);
	free(d.list);
}

/* Only flags differ, of records that Xen cannot load. The result is sound, too. */
static void send(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size);
	struct context c, sent;
	struct fault f;
	size_t same = 0;

	MUST(bytes);
	memcpy(bytes, data, size);
	MUST(context_parse(&c, bytes, size, &f));
	context_ignore_unloadable(&c, bytes);
	MUST(context_parse(&sent, bytes, size, &f) && sent.nr == c.nr);
	for (size_t i = 0; i < c.nr; i++) {
		const struct record *r = &c.records[i], *s = &sent.records[i];
		const struct type *t = type_of(r->type);
		size_t flags = r->at + offsetof(struct domain_save_descriptor, flags);

		MUST(r->at == s->at && r->type == s->type && r->ignore == s->ignore);
		MUST(s->ignore || !t->name || t->loads);
		MUST(!memcmp(bytes + same, data + same, flags - same));
		MUST(bytes[flags] == data[flags] || (s->ignore && t->name && !t->loads));
		same = flags + 1;
	}
	MUST(!memcmp(bytes + same, data + same, size - same));
	context_free(&sent);
	context_free(&c);
	free(bytes);
}

static void compare(const struct context *was, const struct context *is, enum way way)
{
	struct differences d = { .all = true }, back = { .all = true };

	diff_contexts(&d, was, is, way);
	diff_contexts(&back, is, was, way);
	diff_common(&d, &back);
	diff_print(null, &d);
	free(d.list);
	free(back.list);
}

/* As much of it as is one stream. */
static bool parse_first(struct context *c, const uint8_t *data, size_t *size)
{
	struct fault f;

	if (context_parse(c, data, *size, &f))
		return true;
	MUST(f.at <= *size && f.what[0]);
	if (f.at == *size)
		return false;
	*size = f.at;
	return context_parse(c, data, *size, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct context was, is;
	size_t first = size, second;

	if (!null)
		null = fopen("/dev/null", "w");
	MUST(null);
	inputs++;
	if (!parse_first(&was, data, &first))
		return 0;
	parsed++;
	look_at(&was);
	send(data, first);
	second = size - first;
	if (parse_first(&is, data + first, &second)) {
		look_at(&is);
		compare(&was, &is, RESTORED);
		compare(&was, &is, GOES_ON);
		context_free(&is);
	}
	context_free(&was);
	return 0;
}
