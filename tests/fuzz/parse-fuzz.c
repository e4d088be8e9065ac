// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz xen-domctx with contexts that it did not write: the parser, the text output, the
 * comparison of a context with itself and with a second one, and the stream that a load
 * sends to Xen.
 *
 * An input is one raw dump, or two, one after the other.
 */
#include "../../tools/domctx.h"

#include <stdlib.h>
#include <string.h>

#define MUST(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char program[] = "parse-fuzz";
static FILE *null;
static unsigned long inputs, parsed;

/* Report accepted inputs to tests/fuzz/run, which requires some: rejected inputs test little. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", parsed, inputs);
}

/* Write the text of a context, and check that the context does not differ from itself. */
static void look_at(const struct context *c)
{
	struct differences d = { .all = true };

	show_context(null, c);
	diff_contexts(&d, c, c, RESTORED);
	diff_contexts(&d, c, c, GOES_ON);
	MUST(!d.nr);
	free(d.list);
}

/*
 * Check the stream that a load sends to Xen. Only the flags of records that Xen cannot load may
 * differ from the dump, and the stream must be sound.
 */
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

/* Parse the first stream in DATA. If more bytes follow, set SIZE to the size of this stream. */
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
