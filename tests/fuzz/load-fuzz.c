// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz Xen's core, which loads a domain's context, with the records of tests/unit/context.
 * An input is a byte that chooses the domain's vCPUs, and a stream.
 *
 * Each load must return the result of the model, and change nothing if it fails. After a
 * load, saving the domain must give the same stream, in Xen's order, and without ignored
 * records. A load of this stream by the domctl must make an equal domain.
 */
#include "../unit/context/synthetic.h"

#define MUST(x) do { if (!(x)) { fprintf(stderr, "check failed: %s\n", #x); abort(); } } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long streams, loaded;

/* Report accepted inputs to tests/fuzz/run, which requires some: rejected inputs test little. */
static void __attribute__((destructor)) report(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", loaded, streams);
}

/* The bytes of a record in the stream. */
struct piece {
	const uint8_t *bytes;
	size_t len;
};

static unsigned int number(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

static int by_type(const void *a, const void *b)
{
	const uint8_t *p = ((const struct piece *)a)->bytes;
	const uint8_t *q = ((const struct piece *)b)->bytes;
	int diff = number(p) - number(q);

	return diff ?: (int)number(p + 2) - (int)number(q + 2);
}

/* Write the stream as Xen saves it: sorted, and without ignored records. At most 8 are left. */
static void in_order(const uint8_t *stream, struct stream *s)
{
	struct piece pieces[8];
	const uint8_t *p;
	uint64_t length;
	size_t i, nr = 0;

	s->len = 0;
	stream_write(s, stream, 24);
	for (p = stream + 24; number(p); p += 16 + length) {
		memcpy(&length, p + 8, sizeof(length));
		if (p[4])
			continue;
		MUST(nr < ARRAY_SIZE(pieces));
		pieces[nr++] = (struct piece){ p, 16 + length };
	}
	qsort(pieces, nr, sizeof(pieces[0]), by_type);
	for (i = 0; i < nr; i++)
		stream_write(s, pieces[i].bytes, pieces[i].len);
	stream_write(s, p, 16);
}

static void save_again(struct domain *d, const struct stream *want)
{
	struct xen_domctl_domaincontext op = { 0 };
	uint8_t *buffer;

	MUST(!domain_get_context(d, &op) && op.size == want->len);
	buffer = malloc(op.size);
	op.buffer.p = buffer;
	op.size--;
	MUST(domain_get_context(d, &op) == -ENOBUFS && op.size == want->len);
	MUST(!domain_get_context(d, &op) && op.size == want->len);
	MUST(!memcmp(buffer, want->bytes, want->len));
	free(buffer);
}

static void load_again(const struct shape *shape, const struct domain *was, struct stream *s)
{
	struct domain *d = domain_make(shape->max, shape->present);
	struct xen_domctl_domaincontext op = { .size = s->len, .buffer.p = s->bytes };

	MUST(!domain_set_context(d, &op) && domain_same(d, was));
	op.size--;
	MUST(domain_set_context(d, &op) == -ENODATA);
	domain_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct shape *shape;
	struct domain *d;
	const char *wrong;
	struct stream s;
	int rc;

	if (!size || size > sizeof(s.bytes))
		return 0;
	shape = &shapes[data[0] % NR_SHAPES];
	d = domain_make(shape->max, shape->present);
	wrong = load_checked(d, data + 1, size - 1, &rc);
	if (wrong)
		fprintf(stderr, "%s\n", wrong);
	MUST(!wrong && rc == model_load(d, data + 1, size - 1));
	streams++;
	if (!rc) {
		loaded++;
		in_order(data + 1, &s);
		save_again(d, &s);
		load_again(shape, d, &s);
	}
	MUST(!emul.allocations && !d->pause_count);
	domain_free(d);
	return 0;
}
