// SPDX-License-Identifier: GPL-2.0
#include "test.h"

#define FILL 0xa5
static uint8_t guest[SZ_16M + 64];

static bool untouched(size_t from, size_t to)
{
	while (from < to && guest[from] == FILL)
		from++;
	return from == to;
}

static struct xen_domctl_domaincontext op_of(uint64_t size, void *buffer)
{
	memset(guest, FILL, 8192);
	return (struct xen_domctl_domaincontext){ .size = size, .buffer.p = buffer };
}

static int get(struct domain *d, struct xen_domctl_domaincontext *op)
{
	int rc = domain_get_context(d, op);

	if (d->pause_count || emul.allocations)
		abort();
	return rc;
}

static int set(struct domain *d, uint64_t size, void *buffer)
{
	struct xen_domctl_domaincontext op = { .size = size, .buffer.p = buffer };
	int rc = domain_set_context(d, &op);

	if (d->pause_count || emul.allocations)
		abort();
	return rc;
}

static void sizes(struct domain *d, const struct stream *s)
{
	struct xen_domctl_domaincontext op;
	size_t size, bad = 0;

	op = op_of(0, NULL);
	ok(!get(d, &op) && op.size == s->len, "get: without a buffer, the length is returned");
	op = op_of(~0ULL, NULL);
	ok(!get(d, &op) && op.size == s->len, "get: without a buffer, any size is accepted");
	ok_is(emul.largest, 0, "get: without a buffer, no memory is allocated");
	op = op_of(s->len, guest);
	ok(!get(d, &op) && op.size == s->len && !memcmp(guest, s->bytes, s->len) &&
	   untouched(s->len, s->len + 64), "get: a buffer of that length");
	op = op_of(s->len + 9, guest);
	ok(!get(d, &op) && op.size == s->len && !memcmp(guest, s->bytes, s->len) &&
	   untouched(s->len, s->len + 64), "get: a longer buffer");
	for (size = 0; size < s->len; size++) {
		op = op_of(size, guest);
		bad += get(d, &op) != -ENOBUFS || op.size != s->len || !untouched(0, s->len + 64);
	}
	ok_is(bad, 0, "get: for each shorter buffer, the length is returned");
	op = op_of(SZ_16M, guest);
	ok(!get(d, &op) && op.size == s->len, "get: a buffer of 16 MiB");
	ok(emul.largest <= SZ_16M, "get: not more memory is allocated than the caller has");
}

static void get_errors(struct domain *d, const struct stream *s)
{
	struct domain *dom0 = current->domain;
	struct xen_domctl_domaincontext op;

	fresh();
	op = op_of(SZ_16M + 1, guest);
	ok_is(get(d, &op), -E2BIG, "get: 16 MiB and a byte");
	op = op_of((1ULL << 32) + s->len, guest);
	ok_is(get(d, &op), -E2BIG, "get: 4 GiB more than the length");
	op = op_of(~0ULL, guest);
	ok_is(get(d, &op), -E2BIG, "get: 2^64 - 1 bytes");
	ok(!emul.largest && !emul.pauses, "get: a wrong size is detected before the pause");
	op = op_of(s->len, guest);
	emul.fail_allocation = 1;
	ok_is(get(d, &op), -ENOMEM, "get: no memory");
	emul_unmapped = (char *)guest + 8;
	emul_unmapped_end = emul_unmapped + 1;
	ok_is(get(d, &op), -EFAULT, "get: a buffer that is not mapped");
	fresh();
	op = op_of(s->len, guest);
	d->is_dying = 1;
	ok_is(get(d, &op), 0, "get: a dying domain");
	d->is_dying = 0;
	op = op_of(~0ULL, guest);
	op.typecode = 2;
	op.vcpu_id = 1;
	ok_is(get(d, &op), -EINVAL, "get: a choice that is not valid");
	op = op_of(~0ULL, guest);
	current->domain = d;
	ok_is(get(d, &op), -EPERM, "get: the context of the caller");
	current->domain = dom0;
}

static void get_one(struct domain *d)
{
	static const uint8_t want[] = { 4, 0, 2, 0, 0, 0, 0, 0, 8 };
	struct xen_domctl_domaincontext op = op_of(64, guest);

	fresh();
	op.typecode = 4;
	op.vcpu_id = 2;
	ok(!get(d, &op) && op.size == 64 && !memcmp(guest + 24, want, sizeof(want)),
	   "get: a single record");
	op.size = 63;
	ok(get(d, &op) == -ENOBUFS && op.size == 64, "get: a single record that does not fit");
	ok(emul.largest <= 64, "get: not more memory is allocated for a single record");
}

static int half(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	return domain_save_begin(c, 16) ?: domain_save_data(c, "12345678", 8) ?:
	       domain_save_end(c);
}

static void get_fault(struct domain *d, const struct stream *s)
{
	struct xen_domctl_domaincontext op = op_of(4096, guest);

	fresh();
	synthetic.save = half;
	ok_is(get(d, &op), -EBADMSG, "get: a faulty handler");
	ok(untouched(0, s->len + 64), "get: after a faulty handler, Xen copies nothing");
}

static void set_errors(struct domain *d, const struct stream *s)
{
	struct domain *dom0 = current->domain;

	fresh();
	memcpy(guest, s->bytes, s->len);
	ok_is(set(d, 0, guest), -ENODATA, "set: no bytes");
	ok_is(set(d, 0, NULL), -ENODATA, "set: no bytes and no buffer");
	ok_is(set(d, SZ_16M + 1, guest), -E2BIG, "set: 16 MiB and a byte");
	ok_is(set(d, (1ULL << 32) + s->len, guest), -E2BIG, "set: 4 GiB more than the length");
	ok_is(set(d, ~0ULL, guest), -E2BIG, "set: 2^64 - 1 bytes");
	ok(!emul.largest && !emul.pauses, "set: a wrong size is detected before the pause");
	emul.fail_allocation = 1;
	ok_is(set(d, s->len, guest), -ENOMEM, "set: no memory for the stream");
	emul.fail_allocation = 2;
	ok_is(set(d, s->len, guest), -ENOMEM, "set: no memory to load it");
	emul_unmapped = (char *)guest + s->len - 1;
	emul_unmapped_end = emul_unmapped + 1;
	ok_is(set(d, s->len, guest), -EFAULT, "set: a buffer that is not mapped");
	fresh();
	d->is_dying = 1;
	ok_is(set(d, s->len, guest), 0, "set: a dying domain");
	d->is_dying = 0;
	ok_is(domain_set_context(d, &(struct xen_domctl_domaincontext){
		.size = s->len, .buffer.p = guest, .typecode = 2 }), -EINVAL,
	      "set: a single record");
	ok_is(domain_set_context(d, &(struct xen_domctl_domaincontext){
		.size = s->len, .buffer.p = guest, .vcpu_id = 1 }), -EINVAL, "set: a single vCPU");
	synthetic.applied = 0;
	current->domain = d;
	ok_is(set(d, ~0ULL, guest), -EPERM, "set: the context of the caller");
	current->domain = dom0;
	ok_is(set(d, s->len - 1, guest), -ENODATA, "set: a byte too few");
	ok_is(synthetic.applied, 0, "set: a truncated stream changes nothing");
}

/*
 * A load handler that overwrites the caller's buffer in the dry run, as another vCPU of the caller
 * may do. Xen must load its own copy, with the word 0x1337.
 */
static int scribble(struct domain *d, struct vcpu *v, struct domain_context *c, bool dry_run)
{
	uint64_t word;

	if (dry_run)
		memset(guest, 0xff, 8192);
	return domain_load_entry(c, &word, sizeof(word)) ?: word == 0x1337 ? 0 : -EDOM;
}

static void set_good(struct domain *d)
{
	struct stream s;

	stream_begin(&s);
	stream_add(&s, &(struct record){ .code = 6, .length = 8, .word = 0x1337 });
	stream_add(&s, &(struct record){ .code = 4, .vcpu = 3, .length = 8, .word = 77 });
	stream_end(&s);
	fresh();
	synthetic.load = scribble;
	memcpy(guest, s.bytes, s.len);
	d->vcpu[3]->word = 0;
	ok_is(set(d, s.len, guest), 0, "set: the caller changes the buffer during the call");
	ok_is(d->vcpu[3]->word, 77, "set: Xen loads the stream that it has checked");
	ok_is(set(d, 4096, guest), -EINVAL, "set: Xen refuses the changed stream in the next call");
	memset(guest, 0, sizeof(guest));
	memcpy(guest, s.bytes, s.len);
	ok_is(set(d, SZ_16M, guest), 0, "set: a buffer of 16 MiB");
}

void test_domctl(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct stream s;

	fresh();
	domain_fill(d, 7);
	stream_save(d, &s);
	sizes(d, &s);
	get_errors(d, &s);
	get_one(d);
	get_fault(d, &s);
	set_errors(d, &s);
	set_good(d);
	domain_free(d);
}
