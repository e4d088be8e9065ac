// SPDX-License-Identifier: GPL-2.0
#include "test.h"

#define IGNORE 1
#define H { .code = 1, .length = 8, .word = 0x153415645 }
#define E { .code = 0 }
#define WORDS { .code = 2, .length = 16, .word = 5 }
#define BLOB(n) { .code = 3, .length = (n), .word = 6 }
#define VCPU(n) { .code = 4, .vcpu = (n), .length = 8, .word = 7 }
/* Marks the end of a row's records. */
#define LAST { .code = 0xdead, .vcpu = 0xdead }

static const struct row {
	const char *name;
	int rc;
	unsigned int shape;	/* index of shapes[] */
	struct record r[8];
	const char *why;	/* text in the log, for one row of each kind of error */
} rows[] = {
	{ "a stream without records", 0, 3, { H, E, LAST } },
	{ "a stream of all records", 0, 3, { H, WORDS, BLOB(16), VCPU(0), VCPU(2), VCPU(3), E, LAST } },
	{ "records in another order", 0, 3, { H, VCPU(3), BLOB(16), VCPU(0), WORDS, E, LAST } },
	{ "I3: no bytes", -ENODATA, 3, { LAST }, "0: less than a descriptor is left" },
	{ "I3: no HEADER, but END", -EINVAL, 3, { E, LAST }, "0: no HEADER" },
	{ "I3: no HEADER, but a record", -EINVAL, 3, { WORDS, E, LAST } },
	{ "I3: HEADER of a vCPU", -EINVAL, 3, {
		{ .code = 1, .vcpu = 1, .length = 8, .word = 0x153415645 }, E, LAST },
		"0: HEADER or END ignored, or of a vCPU" },
	{ "I3: HEADER ignored", -EINVAL, 3, {
		{ .code = 1, .flags = 1, .length = 8, .word = 0x153415645 }, E, LAST } },
	{ "I3: HEADER too short", -EINVAL, 3, { { .code = 1 }, E, LAST },
		"0: HEADER or END of another length" },
	{ "I3: HEADER too long", -EINVAL, 3, {
		{ .code = 1, .length = 16, .word = 0x153415645 }, E, LAST } },
	{ "I3: another magic", -EINVAL, 3, {
		{ .code = 1, .length = 8, .word = 0x145564153 }, E, LAST },
		"0: another magic" },
	{ "I3: version 0", -EINVAL, 3, {
		{ .code = 1, .length = 8, .word = 0x053415645 }, E, LAST } },
	{ "I3: version 2", -EINVAL, 3, {
		{ .code = 1, .length = 8, .word = 0x253415645 }, E, LAST },
		"0: another version" },
	{ "B14: a second HEADER", -EINVAL, 3, { H, H, E, LAST }, "24: another HEADER" },
	{ "B14: a second HEADER, ignored", -EINVAL, 3, { H,
		{ .code = 1, .flags = 1, .length = 8, .word = 0x153415645 }, E, LAST } },
	{ "B14: END ignored", -EINVAL, 3, { H, { .code = 0, .flags = 1 }, E, LAST },
		"24: HEADER or END ignored, or of a vCPU" },
	{ "B1: END of a vCPU", -EINVAL, 3, { H, { .code = 0, .vcpu = 2 }, LAST },
		"24: HEADER or END ignored, or of a vCPU" },
	{ "B1: END of a missing vCPU", -EINVAL, 3, {
		H, { .code = 0, .vcpu = 0xffff }, LAST } },
	{ "B1: END of a vCPU, without vCPUs", -EINVAL, 0, {
		H, { .code = 0, .vcpu = 1 }, LAST } },
	{ "I9: END with a payload", -EINVAL, 3, { H, { .code = 0, .length = 8 }, LAST },
		"24: HEADER or END of another length" },
	{ "I9: bytes after END", 0, 3, { H, E, WORDS, WORDS, H, LAST } },
	{ "I9: no END", -ENODATA, 3, { H, WORDS, LAST }, "56: less than a descriptor is left" },
	{ "B2: records of a domain without vCPUs", 0, 0, { H, WORDS, BLOB(8), E, LAST } },
	{ "B2: records of a domain before its vCPUs exist", 0, 1, { H, WORDS, BLOB(8), E, LAST } },
	{ "B2: a record of a vCPU, without vCPUs", -ENXIO, 0, { H, VCPU(0), E, LAST },
		"24: no such vCPU" },
	{ "B2: a record of a vCPU that does not exist yet", -ENXIO, 1, { H, VCPU(0), E, LAST } },
	{ "B3: a record of a missing vCPU", -ENXIO, 3, { H, VCPU(1), E, LAST } },
	{ "I7: a record of a vCPU after the last", -ENXIO, 3, { H, VCPU(4), E, LAST } },
	{ "I7: a record of vCPU 65535", -ENXIO, 3, { H, VCPU(0xffff), E, LAST } },
	{ "I7: a record of the domain, for a vCPU", -EINVAL, 3, { H,
		{ .code = 2, .vcpu = 2, .length = 16 }, E, LAST },
		"24: vCPU in a record of the domain" },
	{ "I7: a record of the domain, for a vCPU, without vCPUs", -EINVAL, 0, { H,
		{ .code = 2, .vcpu = 2, .length = 16 }, E, LAST } },
	{ "I7: the first unknown typecode", -EOPNOTSUPP, 3, { H,
		{ .code = DOMAIN_SAVE_CODE_MAX + 1, .length = 8 }, E, LAST },
		"24: unknown typecode" },
	{ "I7: typecode 65535", -EOPNOTSUPP, 3, { H, { .code = 0xffff, .length = 8 }, E, LAST } },
	{ "I7: a record of a vCPU that is not loaded", -EOPNOTSUPP, 3, { H,
		{ .code = 5, .length = 8 }, E, LAST }, "24: nothing to be loaded" },
	{ "I7: a record of the domain that is not loaded", -EOPNOTSUPP, 3, { H,
		{ .code = 7, .length = 24 }, E, LAST } },
	{ "I7: an unknown flag", -EINVAL, 3, { H,
		{ .code = 2, .flags = 2, .length = 16 }, E, LAST }, "24: unknown flag" },
	{ "I7: an unknown flag, ignored", -EINVAL, 3, { H,
		{ .code = 2, .flags = 3, .length = 16 }, E, LAST } },
	{ "I7: the last flag", -EINVAL, 3, { H,
		{ .code = 2, .flags = 1u << 31, .length = 16 }, E, LAST } },
	{ "I7: END with an unknown flag", -EINVAL, 3, { H, { .code = 0, .flags = 2 }, LAST } },
	{ "I8: an ignored record", 0, 3, { H, { .code = 2, .flags = 1, .length = 16 }, E, LAST } },
	{ "I8: an ignored record with wrong content", 0, 3, { H,
		{ .code = 2, .flags = 1, .length = 16, .word = 100 }, E, LAST } },
	{ "I8: an ignored record of another length", 0, 3, { H,
		{ .code = 2, .flags = 1, .length = 128 }, E, LAST } },
	{ "B3: an ignored record of a missing vCPU", 0, 3, { H,
		{ .code = 4, .vcpu = 1, .flags = 1, .length = 8 }, E, LAST } },
	{ "B15: an ignored record of an unknown type", 0, 3, { H,
		{ .code = 0xffff, .flags = 1, .length = 40 }, E, LAST } },
	{ "B15: an ignored record of an unknown type and an unknown vCPU", 0, 0, { H,
		{ .code = 9, .vcpu = 0xffff, .flags = 1, .length = 8 }, E, LAST } },
	{ "B15: an ignored record that is not loaded", 0, 0, { H,
		{ .code = 5, .vcpu = 3, .flags = 1, .length = 8 }, E, LAST } },
	{ "B15: an ignored record that is truncated", -ENODATA, 3, { H,
		{ .code = 9, .flags = 1, .length = 256 }, LAST } },
	{ "B21: a record of 4 bytes", -EINVAL, 3, { H, { .code = 3, .length = 4 }, E, LAST },
		"24: length no multiple of 8" },
	{ "an ignored record of 4 bytes, and records after it", 0, 3, { H,
		{ .code = 9, .flags = 1, .length = 4 }, WORDS, VCPU(2), E, LAST } },
	{ "an ignored record of 127 bytes, and records after it", 0, 3, { H, BLOB(16),
		{ .code = 2, .flags = 1, .length = 127 }, WORDS, VCPU(2), E, LAST } },
	{ "an ignored record of an odd length that is truncated", -ENODATA, 3, { H,
		{ .code = 9, .flags = 1, .length = 255 }, LAST } },
	{ "an ignored HEADER of an odd length", -EINVAL, 3, {
		{ .code = 1, .flags = 1, .length = 9, .word = 0x153415645 }, E, LAST } },
	{ "I6: a too short record", -EINVAL, 3, { H, { .code = 2, .length = 8 }, E, LAST },
		"24: another length than its type has" },
	{ "I6: a too long record", -EINVAL, 3, { H, { .code = 2, .length = 24 }, E, LAST } },
	{ "I6: an empty record", -EINVAL, 3, { H, { .code = 2, .length = 0 }, E, LAST } },
	{ "I6: a record with wrong content", -EINVAL, 3, { H,
		{ .code = 2, .length = 16, .word = 100 }, E, LAST },
		"24: content that does not fit" },
	{ "B11: a record of any length: 0", 0, 3, { H, BLOB(0), E, LAST } },
	{ "B11: a record of any length: 64", 0, 3, { H, BLOB(64), E, LAST } },
	{ "B11: a record longer than the limit", -EINVAL, 3, { H, BLOB(72), E, LAST } },
	{ "B8: a record of 2^32 bytes", -ENODATA, 3, { H, BLOB(1ULL << 32), E, LAST },
		"24: longer than what is left" },
	{ "B8: a record of 2^32 + 8 bytes", -ENODATA, 3, { H, BLOB((1ULL << 32) + 8), E, LAST } },
	{ "B8: a record of 2^63 bytes", -ENODATA, 3, { H, BLOB(1ULL << 63), E, LAST } },
	{ "B8: a record of 2^64 - 8 bytes", -ENODATA, 3, { H, BLOB(-8ULL), E, LAST } },
	{ "B8: a record of 2^64 - 40 bytes, back to HEADER", -ENODATA, 3, { H, BLOB(-40ULL), E, LAST } },
	{ "B8: an ignored record of 2^64 - 16 bytes", -ENODATA, 3, { H,
		{ .code = 9, .flags = 1, .length = -16ULL }, E, LAST } },
	{ "B8: HEADER of 2^64 - 8 bytes", -EINVAL, 3, {
		{ .code = 1, .length = -8ULL, .word = 0x153415645 }, E, LAST } },
	{ "a second record of the domain", -EEXIST, 3, { H, WORDS, BLOB(8), WORDS, E, LAST },
		"80: the second of its kind" },
	{ "a second record of a vCPU", -EEXIST, 3, { H, VCPU(2), VCPU(3), VCPU(2), E, LAST } },
	{ "a second record, without vCPUs", -EEXIST, 0, { H, BLOB(8), BLOB(8), E, LAST } },
	{ "a second record, if the first is ignored", 0, 3, { H,
		{ .code = 2, .flags = 1, .length = 16 }, WORDS, E, LAST } },
	{ "a second record that is ignored", 0, 3, { H, WORDS,
		{ .code = 2, .flags = 1, .length = 16 }, E, LAST } },
	{ "a record of the domain and a record of vCPU 0", 0, 3, { H, BLOB(8), VCPU(0), E, LAST } },
	{ "B24: correct records, and a wrong one", -EINVAL, 3, { H, WORDS, BLOB(8), VCPU(0),
		{ .code = 4, .vcpu = 2, .length = 16 }, E, LAST } },
	{ "B24: correct records, and no END", -ENODATA, 3, { H, WORDS, BLOB(8), VCPU(0), LAST } },
};

static void table(void)
{
	unsigned int i, softirqs;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		const struct shape *shape = &shapes[row->shape];
		struct domain *d = domain_make(shape->max, shape->present);
		const struct record *r = row->r;
		struct stream s = { 0 };
		const char *wrong;
		int rc;

		fresh();
		for (softirqs = 0; r->code != 0xdead; r++, softirqs++)
			stream_add(&s, r);
		wrong = load_checked(d, s.bytes, s.len, &rc);
		ok_is(rc, row->rc, "%s", row->name);
		ok(!wrong && model_load(d, s.bytes, s.len) == rc &&
		   (!rc || strstr(emul.log, row->why ?: "offset")),
		   "... as specified, and logged%s%s", wrong ? ": " : "", wrong ?: "");
		domain_free(d);
	}
}

static void make_full(const struct shape *shape, struct stream *s)
{
	struct domain *d = domain_make(shape->max, shape->present);

	domain_fill(d, 7);
	if (stream_save(d, s))
		abort();
	domain_free(d);
}

static void round_trip(void)
{
	struct stream s, again;
	unsigned int i, bad;
	size_t len;
	int rc;

	for (i = 0; i < NR_SHAPES; i++) {
		struct domain *d = domain_make(shapes[i].max, shapes[i].present);

		fresh();
		make_full(&shapes[i], &s);
		for (bad = 0, len = 0; len < s.len; len++)
			bad += load_checked(d, s.bytes, len, &rc) || rc != -ENODATA ||
			       synthetic.applied;
		ok_is(bad, 0, "each of %zu truncated streams fails and changes nothing, %s",
		      s.len, shapes[i].name);
		ok(!load_checked(d, s.bytes, s.len, &rc) && !rc && !stream_save(d, &again) &&
		   again.len == s.len && !memcmp(again.bytes, s.bytes, s.len),
		   "saved, loaded, saved: the same bytes, %s", shapes[i].name);
		domain_free(d);
	}
}

static void costs(void)
{
	struct domain *d = domain_make(4, 0xd);
	struct stream s;
	int rc;

	fresh();
	make_full(&shapes[3], &s);
	fresh();
	ok(!load_checked(d, s.bytes, s.len, &rc) && !rc && synthetic.applied == 5,
	   "each record is loaded once");
	ok_is(emul.debugged, 7, "the log has a line for each record, HEADER and END");
	ok_is(emul.logged, 0, "the log has no other line");
	ok(emul.softirqs >= 12, "B23: softirqs between records, in both passes");
	ok(emul.nospec_typecodes >= 10, "B22: typecodes are not an index in speculation");
	ok(emul.nospec_lengths >= 14, "B22: lengths do not lead beyond the stream in speculation");
	stream_begin(&s);
	stream_add(&s, &(struct record){ .code = 9, .flags = IGNORE });
	stream_add(&s, &(struct record){ .code = 9, .flags = IGNORE });
	stream_add(&s, &(struct record){ .code = 9, .flags = IGNORE });
	stream_end(&s);
	fresh();
	ok(!load_checked(d, s.bytes, s.len, &rc) && !rc && emul.softirqs >= 8,
	   "B23: softirqs between ignored records");
	ok_is(emul.debugged, 3, "the log has one line for all ignored records");
	s.bytes[s.len - 16] = 9;	/* instead of END: a record that Xen cannot load */
	fresh();
	ok(domain_load(d, s.bytes, s.len) == -EOPNOTSUPP && !emul.debugged,
	   "the log has no such line if the load fails");
	domain_free(d);
}

static void who(void)
{
	struct domain *d = domain_make(1, 1), *dom0 = current->domain;
	struct stream s;

	fresh();
	make_full(&shapes[2], &s);
	fresh();
	current->domain = d;
	ok_is(domain_load(d, s.bytes, s.len), -EPERM, "I1: a domain cannot load its own context");
	current->domain = dom0;
	emul.fail_allocation = 1;
	ok_is(domain_load(d, s.bytes, s.len), -ENOMEM, "the load fails without memory");
	ok(!emul.pauses && !synthetic.looked_at, "I1: the domain is unchanged then");
	d->is_dying = 1;
	ok_is(domain_load(d, s.bytes, s.len), 0, "a dying domain is loaded, if handlers do it");
	domain_free(d);
}

static void memory(void)
{
	struct domain *d = domain_make(8192, 0);
	struct stream s;
	uint16_t vcpu;

	for (vcpu = 8187; vcpu < 8192; vcpu++) {
		d->vcpu[vcpu] = calloc(1, sizeof(*d->vcpu[vcpu]));
		d->vcpu[vcpu]->domain = d;
		d->vcpu[vcpu]->vcpu_id = vcpu;
	}
	fresh();
	stream_begin(&s);
	for (vcpu = 8187; vcpu < 8192; vcpu++)
		stream_add(&s, &(struct record){ .code = 4, .vcpu = vcpu, .length = 8 });
	stream_end(&s);
	ok_is(domain_load(d, s.bytes, s.len), 0, "records of the last of 8192 vCPUs are loaded");
	ok(emul.largest <= 12288, "this load uses at most 12 KiB of memory");
	domain_free(d);
}

/* Return a pseudo-random number. The sequence, and so the streams, are the same in each run. */
static unsigned int draw(unsigned int below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % below;
}

static void draw_record(struct stream *s)
{
	static const uint64_t lengths[] = { 0, 8, 8, 8, 16, 16, 24, 64, 72, 12, 1ULL << 32, -8ULL };
	struct record r = {
		.code = draw(40) ? 2 + draw(3) : draw(10),
		.flags = draw(6) ? 0 : draw(20) ? 1 : draw(4),
		.length = lengths[draw(7 + (draw(8) ? 0 : 5))],
		.word = draw(20) ? draw(100) : 100,
	};

	if (r.code == 2 && draw(10))
		r.length = 16;
	if (r.code == 4) {
		r.vcpu = draw(30) ? draw(4) : draw(6);
		r.length = draw(20) ? 8 : r.length;
	} else if (!draw(40)) {
		r.vcpu = 1;
	}
	stream_add(s, &r);
}

static void drawn(void)
{
	unsigned int i, n, good = 0, wrong = 0;
	struct stream s;
	int rc;

	fresh();
	for (i = 0; i < 200000; i++) {
		struct domain *d = domain_make(4, draw(4) ? 0xf : draw(16));

		stream_begin(&s);
		for (n = draw(6); n; n--)
			draw_record(&s);
		stream_end(&s);
		if (!draw(10))
			s.bytes[draw(s.len)] ^= 1 << draw(8);
		if (!draw(20))
			s.len = draw(s.len);
		wrong += load_checked(d, s.bytes, s.len, &rc) ||
			 rc != model_load(d, s.bytes, s.len);
		good += !rc;
		domain_free(d);
	}
	ok(!wrong && good > 10000, "200000 random streams, %u of them correct: as specified", good);
	if (wrong)
		printf("# the result of %u streams was wrong\n", wrong);
}

void test_load(void)
{
	table();
	round_trip();
	costs();
	who();
	memory();
	test_load_handlers();
	drawn();
}
