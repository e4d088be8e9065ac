// SPDX-License-Identifier: GPL-2.0
/*
 * Make streams with mistakes, and a few without, from the records of a stream that Xen
 * accepts.
 */
#include <string.h>

#include "malformed.h"

static struct stream made;

void inputs_prefixes(const struct records *records, offer_t *offer)
{
	size_t size;

	stream_of(records, &made);
	for (size = 0; size <= made.size; size++)
		offer("prefix", size, made.bytes, size);
}

static void flip(void *bytes, size_t bit)
{
	((unsigned char *)bytes)[bit / 8] ^= 1 << bit % 8;
}

static void offer_made(const struct records *records, const char *what, size_t where,
		       offer_t *offer)
{
	stream_of(records, &made);
	offer(what, where, made.bytes, made.size);
}

/* Flip each bit of each descriptor in the stream. The payload keeps its real length. */
void inputs_flips(const struct records *records, offer_t *offer)
{
	size_t at = 0, bit;
	unsigned int i;

	stream_of(records, &made);
	for (i = 0; i < records->nr; i++) {
		const struct domain_save_descriptor *desc = &records->of[i].desc;

		for (bit = 8 * at; bit < 8 * (at + sizeof(*desc)); bit++) {
			flip(made.bytes, bit);
			offer("flipped bit", bit, made.bytes, made.size);
			flip(made.bytes, bit);
		}
		at += sizeof(*desc) + desc->length;
	}
}

/* --- Good records in a wrong order or number, and wrong descriptors */

static void swap(struct records *records, unsigned int i, unsigned int j)
{
	struct record record = records->of[i];

	records->of[i] = records->of[j];
	records->of[j] = record;
}

static void insert(struct records *records, unsigned int i, struct record record)
{
	memmove(&records->of[i + 1], &records->of[i],
		(records->nr++ - i) * sizeof(record));
	records->of[i] = record;
}

static void take_out(struct records *records, unsigned int i)
{
	memmove(&records->of[i], &records->of[i + 1],
		(--records->nr - i) * sizeof(records->of[i]));
}

static void permute(struct records *records, unsigned int from, offer_t *offer)
{
	static size_t which;
	unsigned int i;

	if (from == 0)
		which = 0;
	if (from == records->nr) {
		offer_made(records, "order", which++, offer);
		return;
	}
	for (i = from; i < records->nr; i++) {
		swap(records, from, i);
		permute(records, from + 1, offer);
		swap(records, from, i);
	}
}

/* Try each order of HEADER, END, the records that Xen can load, and one ignored record. */
static void permutations(const struct records *records, offer_t *offer)
{
	struct records few = { 0 };
	bool other = false;
	unsigned int i;

	for (i = 0; i < records->nr; i++) {
		const struct record *record = &records->of[i];
		bool is_other = record->desc.flags;

		if (!is_other || !other)
			few.of[few.nr++] = *record;
		other |= is_other;
	}
	permute(&few, 0, offer);
}

/* Try all orders, leave out each record, and add each record again at each place. */
void inputs_orders(const struct records *records, offer_t *offer)
{
	unsigned int i, j;

	permutations(records, offer);
	for (i = 0; i < records->nr; i++) {
		struct records changed = *records;

		take_out(&changed, i);
		offer_made(&changed, "without record", i, offer);
		for (j = 0; j <= records->nr; j++) {
			changed = *records;
			insert(&changed, j, records->of[i]);
			offer_made(&changed, "record twice", i * RECORDS + j, offer);
		}
	}
}

/* offer_as: offer a stream in which DESC replaces the descriptor of record I. */
static void offer_as(const struct records *records, unsigned int i,
		     const struct domain_save_descriptor *desc, const char *what,
		     size_t where, offer_t *offer)
{
	size_t at = 0;
	unsigned int j;

	for (j = 0; j < i; j++)
		at += sizeof(*desc) + records->of[j].desc.length;
	stream_of(records, &made);
	memcpy(made.bytes + at, desc, sizeof(*desc));
	offer(what, where, made.bytes, made.size);
}

static const uint64_t lengths[] = {
	0, 1, 7, 8, 12, 16, 24, 32, 40, 48, 4088, 4096, 4100, 4103, 4104, 4105, 4112, 8192,
	ROOM - 8, ROOM, MOST - 16, MOST - 8, MOST, MOST + 8, 1u << 31, (1ull << 32) - 24,
	(1ull << 32) - 16, (1ull << 32) - 8, (1ull << 32) - 1, 1ull << 32, (1ull << 32) + 1,
	(1ull << 32) + 8, (1ull << 32) + 24, (1ull << 32) + 4104, (1ull << 62) - 8, 1ull << 62,
	(1ull << 63) - 8, 1ull << 63, (1ull << 63) + 8, -4128ull, -4120ull, -4112ull, -4104ull,
	-4096ull, -64ull, -56ull, -48ull, -40ull, -32ull, -24ull, -16ull, -8ull, -7ull, -1ull,
};

static const uint64_t ids[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 4096,
	8191, 8192, 16384, 32767, 32768, 65534, 65535,
};

static const uint64_t marks[] = {
	0, 1, 2, 3, 4, 0x80, 0x100, 0x8000, 0x10000, 0x80000000, 0x80000001, 0xfffffffe,
	0xffffffff,
};

static const struct field {
	const char *name;
	size_t at, size, nr;
	const uint64_t *values;
} fields[] = {
#define FIELD(field, values) {						\
	#field, offsetof(struct domain_save_descriptor, field),		\
	sizeof(((struct domain_save_descriptor *)0)->field), ARRAY_SIZE(values), values }
	FIELD(length, lengths),
	FIELD(vcpu_id, ids),
	FIELD(typecode, ids),
	FIELD(flags, marks),
};

/* Try each value in a field of a descriptor, with the flag IGNORE and without. */
static void field_of(const struct records *records, unsigned int i, const struct field *field,
		     offer_t *offer)
{
	struct domain_save_descriptor desc;
	size_t j;

	for (j = 0; j < 2 * field->nr; j++) {
		desc = records->of[i].desc;
		desc.flags = j % 2 ? DOMAIN_SAVE_FLAG_IGNORE : 0;
		memcpy((char *)&desc + field->at, &field->values[j / 2], field->size);
		offer_as(records, i, &desc, field->name, i * 100 + j / 2, offer);
	}
}

void inputs_fields(const struct records *records, offer_t *offer)
{
	unsigned int i;
	size_t j;

	for (i = 0; i < records->nr; i++)
		for (j = 0; j < ARRAY_SIZE(fields); j++)
			field_of(records, i, &fields[j], offer);
}

/* --- Records with wrong contents, and a few whose contents are good */

static const struct content {
	unsigned int typecode;
	size_t at, size;
	uint64_t value;
} contents[] = {
#define CONTENT(code, type, field, value) {				\
	DOMAIN_SAVE_CODE_##code, offsetof(struct domain_save_##type, field), \
	sizeof(((struct domain_save_##type *)0)->field), value }
	CONTENT(HEADER, header, magic, 0),
	CONTENT(HEADER, header, magic, DOMAIN_SAVE_MAGIC ^ 1),
	CONTENT(HEADER, header, magic, 0x45564153),
	CONTENT(HEADER, header, version, 0),
	CONTENT(HEADER, header, version, DOMAIN_SAVE_VERSION + 1),
	CONTENT(HEADER, header, version, 0xffffffff),
	CONTENT(SHARED_INFO, shared_info, arch, 0),
	CONTENT(SHARED_INFO, shared_info, arch, DOMAIN_SAVE_ARCH_ARM),
	CONTENT(SHARED_INFO, shared_info, arch, 0xffff),
	CONTENT(SHARED_INFO, shared_info, type, 0),
	CONTENT(SHARED_INFO, shared_info, type, DOMAIN_SAVE_TYPE_PV),
	CONTENT(SHARED_INFO, shared_info, type, DOMAIN_SAVE_TYPE_HVM),
	CONTENT(SHARED_INFO, shared_info, type, 0xff),
	CONTENT(SHARED_INFO, shared_info, width, 0),
	CONTENT(SHARED_INFO, shared_info, width, 4),
	CONTENT(SHARED_INFO, shared_info, width, 0xff),
	CONTENT(SHARED_INFO, shared_info, reserved, 1),
	CONTENT(SHARED_INFO, shared_info, reserved, 0x80000000),
	CONTENT(TSC_INFO, tsc_info, mode, 2),
	CONTENT(TSC_INFO, tsc_info, mode, 3),
	CONTENT(TSC_INFO, tsc_info, mode, 0x100),
	CONTENT(TSC_INFO, tsc_info, mode, 0xffffffff),
	CONTENT(TSC_INFO, tsc_info, nsec, 1ull << 63),
	CONTENT(TSC_INFO, tsc_info, nsec, -1ull),
	CONTENT(TSC_INFO, tsc_info, reserved, 1),
	CONTENT(TSC_INFO, tsc_info, reserved, 0x80000000),
};

/* Try each content, and again with the flag IGNORE, with which Xen must not check it. */
void inputs_contents(const struct records *records, offer_t *offer)
{
	unsigned char payload[2 * PAGE];
	struct records changed;
	struct record *record;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(contents); i++) {
		changed = *records;
		record = records_find(&changed, contents[i].typecode);
		memcpy(payload, record->payload, record->desc.length);
		memcpy(payload + contents[i].at, &contents[i].value, contents[i].size);
		record->payload = payload;
		offer_made(&changed, "content", i, offer);
		record->desc.flags = DOMAIN_SAVE_FLAG_IGNORE;
		offer_made(&changed, "ignored content", i, offer);
	}
}

/* --- Several mistakes at once */

/* Return a pseudo-random number. The sequence is the same in each run. */
static uint32_t draw(uint32_t below)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

static void spoil(struct records *records)
{
	unsigned int i = draw(records->nr), j = draw(records->nr);

	switch (draw(5)) {
	case 0:
		flip(&records->of[i].desc, draw(64));
		break;
	case 1:
		swap(records, i, j);
		break;
	case 2:
		if (records->nr < RECORDS)
			insert(records, j, records->of[i]);
		break;
	case 3:
		if (records->nr > 1)
			take_out(records, i);
		break;
	case 4:
		records->of[i].desc.flags ^= DOMAIN_SAVE_FLAG_IGNORE;
		break;
	}
}

/* Try random mistakes, but no wrong lengths, or Xen would reject nearly all streams for these. */
void inputs_random(const struct records *records, offer_t *offer)
{
	struct records changed;
	size_t i, cut;
	int mistakes;

	for (i = 0; i < 1000; i++) {
		changed = *records;
		for (mistakes = draw(4); mistakes >= 0; mistakes--)
			spoil(&changed);
		stream_of(&changed, &made);
		cut = draw(8) ? 0 : draw(made.size);
		offer("random", i, made.bytes, made.size - cut);
	}
}
