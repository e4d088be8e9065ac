// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of saving and loading a domain's context, without Xen. In the names of
 * tests, I1 etc. are invariants of the framework, and B1 etc. are weaknesses of
 * the patches that were posted in 2020.
 */
#include <stdarg.h>

#include "test.h"

static unsigned int tests, failures;

static bool say(bool good, const char *fmt, va_list args)
{
	failures += !good;
	printf("%s %u - ", good ? "ok" : "not ok", ++tests);
	vprintf(fmt, args);
	putchar('\n');
	return good;
}

void ok(bool good, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(good, fmt, args);
	va_end(args);
}

void ok_is(long got, long want, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!say(got == want, fmt, args))
		printf("# got %ld, expected %ld\n", got, want);
	va_end(args);
}

void fresh(void)
{
	memset(&emul, 0, sizeof(emul));
	memset(&synthetic, 0, sizeof(synthetic));
	emul_unmapped = emul_unmapped_end = NULL;
}

static void add(struct stream *s, const void *data, size_t len)
{
	if (stream_write(s, data, len))
		abort();
}

void stream_add(struct stream *s, const struct record *r)
{
	uint8_t payload[PAYLOAD_MAX] = { 0 };
	size_t have = r->length < sizeof(payload) ? r->length : sizeof(payload);

	memcpy(payload, &r->word, sizeof(r->word));
	add(s, &r->code, sizeof(r->code));
	add(s, &r->vcpu, sizeof(r->vcpu));
	add(s, &r->flags, sizeof(r->flags));
	add(s, &r->length, sizeof(r->length));
	add(s, payload, have);
}

void stream_begin(struct stream *s)
{
	s->len = 0;
	stream_add(s, &(struct record){ .code = 1, .length = 8, .word = 0x153415645 });
}

void stream_end(struct stream *s)
{
	stream_add(s, &(struct record){ .code = 0 });
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_register();
	test_save();
	test_choice();
	test_load();
	test_domctl();
	printf("1..%u\n", tests);
	return !!failures;
}
