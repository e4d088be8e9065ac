// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz suspend-report with records of a guest: the reader, the groups, and the three formats.
 *
 * An input is a file of records. If it is rejected, the error must be one line. Otherwise, each
 * suspend must be in a group, and no format may contain text that would end its syntax.
 */
#include "../../tools/suspend-report.h"

#undef free
#include <setjmp.h>
#include <stdint.h>
#include <stdarg.h>
#include <string.h>

#define MUST(x) do { if (!(x)) { fprintf(stderr, "check failed: %s\n", #x); abort(); } } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs, accepted;
static jmp_buf refused;

/* Report accepted inputs to tests/fuzz/run, which requires some: rejected inputs test little. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", accepted, inputs);
}

/* A list of all memory that suspend-report has allocated, so that free_all() can free it. */
static struct block {
	struct block *next, *prev;
	max_align_t bytes[];
} blocks = { &blocks, &blocks };

static void link_block(struct block *b)
{
	b->next = blocks.next;
	b->prev = &blocks;
	b->next->prev = b->prev->next = b;
}

void *grow(void *old, size_t nr, size_t size)
{
	struct block *b = old ? (struct block *)((char *)old - offsetof(struct block, bytes)) : NULL;
	size_t all;

	MUST(!__builtin_mul_overflow(nr ? nr : 1, size, &all));
	if (b) {
		b->next->prev = b->prev;
		b->prev->next = b->next;
	}
	b = realloc(b, sizeof(*b) + all);
	MUST(b);
	link_block(b);
	return b->bytes;
}

void fuzz_free(void *p)
{
	struct block *b = (struct block *)((char *)p - offsetof(struct block, bytes));

	if (!p)
		return;
	b->next->prev = b->prev;
	b->prev->next = b->next;
	free(b);
}

static void free_all(void)
{
	while (blocks.next != &blocks)
		fuzz_free(blocks.next->bytes);
}

void die(const char *fmt, ...)
{
	char line[2 * MAX_LINE];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	MUST(len > 0 && (size_t)len < sizeof(line) && !strchr(line, '\n'));
	longjmp(refused, 1);
}

const char *error_name(int err)
{
	static char text[16];

	snprintf(text, sizeof(text), "%d", err);
	return text;
}

static void check_groups(const struct report *r)
{
	size_t nr = 0;

	for (size_t i = 0; i < r->nr_groups; i++) {
		const struct group *g = &r->groups[i];
		double share = 0;

		MUST(g->nr && g->first == g->members[0] && (!i || g->first > g[-1].first));
		for (size_t k = 0; k < g->nr; k++)
			MUST(g->members[k]->group == i && g->members[k]->nr == g->first->nr);
		for (size_t k = 0; k < g->first->nr; k++)
			share += g->costs[k].share;
		MUST(share < 1.000001);
		nr += g->nr;
	}
	MUST(nr == r->nr);
}

/* Check that the output is text, ends with a newline, and does not contain FORBIDDEN. */
static void check_format(void (*write)(FILE *out, const struct report *r),
			 const struct report *r, const char *forbidden)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	MUST(out);
	write(out, r);
	MUST(!fclose(out) && size && strlen(text) == size && text[size - 1] == '\n');
	MUST(!forbidden || !strstr(text, forbidden));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct report r;
	static FILE *in;

	inputs++;
	r = (struct report){ 0 };
	in = fmemopen((void *)data, size, "r");
	if (!in)
		return 0;
	if (!setjmp(refused)) {
		/* The file has a name that is not valid UTF-8. The output must escape it. */
		read_suspends(&r, "a \"b\\\xff", in);
		accepted++;
		make_groups(&r);
		check_groups(&r);
		check_format(write_text, &r, NULL);
		check_format(write_json, &r, "\xff");
		check_format(write_svg, &r, "]]>");
	}
	fclose(in);
	free_all();
	return 0;
}
