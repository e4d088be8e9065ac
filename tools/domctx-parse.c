// SPDX-License-Identifier: GPL-2.0
/*
 * Parse a stream into records. The stream is not trusted: each length and count is compared with
 * the bytes that are there before it is used.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "domctx.h"

/* The position of the parser in the stream. */
struct cursor {
	const uint8_t *bytes;
	size_t size, at;
	struct fault *fault;
};

static bool __attribute__((format(printf, 3, 4)))
wrong(struct fault *f, size_t at, const char *fmt, ...)
{
	va_list args;

	f->at = at;
	va_start(args, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, args);
	va_end(args);
	return false;
}

/* Read a number of 1, 2, 4 or 8 bytes. It may be at any address, so copy it with memcpy(). */
uint64_t get_number(const uint8_t *data, size_t at, unsigned int size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (size) {
	case 1:
		return data[at];
	case 2:
		memcpy(&two, data + at, sizeof(two));
		return two;
	case 4:
		memcpy(&four, data + at, sizeof(four));
		return four;
	default:
		memcpy(&eight, data + at, sizeof(eight));
		return eight;
	}
}

/*
 * Read the record at the cursor. Reject it if its descriptor or its payload would end behind the
 * stream.
 */
static bool next_record(struct cursor *c, struct record *r)
{
	struct domain_save_descriptor desc;
	size_t left = c->size - c->at;

	if (left < sizeof(desc))
		return wrong(c->fault, c->at, "the stream ends before END: truncated?");
	memcpy(&desc, c->bytes + c->at, sizeof(desc));
	left -= sizeof(desc);
	if (desc.flags & ~DOMAIN_SAVE_FLAG_IGNORE)
		return wrong(c->fault, c->at + offsetof(struct domain_save_descriptor, flags),
			     "flags 0x%x: only 0x%x is known", desc.flags,
			     DOMAIN_SAVE_FLAG_IGNORE);
	/*
	 * Accept any length of an ignored record, because another version of Xen may have written
	 * it.
	 */
	if (desc.length % 8 && !(desc.flags & DOMAIN_SAVE_FLAG_IGNORE))
		return wrong(c->fault, c->at + offsetof(struct domain_save_descriptor, length),
			     "length %llu is not a multiple of 8",
			     (unsigned long long)desc.length);
	if (desc.length > left)
		return wrong(c->fault, c->at + offsetof(struct domain_save_descriptor, length),
			     "length %llu, but only %zu bytes are left: truncated?",
			     (unsigned long long)desc.length, left);
	*r = (struct record){
		.type = desc.typecode,
		.vcpu = desc.vcpu_id,
		.ignore = desc.flags & DOMAIN_SAVE_FLAG_IGNORE,
		.at = c->at,
		.length = desc.length,
		.data = c->bytes + c->at + sizeof(desc),
	};
	c->at += sizeof(desc) + r->length;
	return true;
}

static bool plain(const struct cursor *c, const struct record *r, size_t length,
		  const char *name)
{
	if (r->vcpu || r->ignore)
		return wrong(c->fault, r->at, "%s has a vCPU or the flag IGNORE", name);
	if (r->length != length)
		return wrong(c->fault, r->at + offsetof(struct domain_save_descriptor, length),
			     "%s has %zu bytes, not %zu", name, r->length, length);
	return true;
}

static bool read_header(struct cursor *c)
{
	struct domain_save_header header;
	struct record r;

	/* Report first that a file is no context at all, before errors in its content. */
	if (c->size < 4 || get_number(c->bytes, 0, 2) != DOMAIN_SAVE_CODE_HEADER ||
	    get_number(c->bytes, 2, 2))
		return wrong(c->fault, 0, "not a domain context: the first record is not HEADER");
	if (!next_record(c, &r) || !plain(c, &r, sizeof(header), "HEADER"))
		return false;
	memcpy(&header, r.data, sizeof(header));
	if (header.magic != DOMAIN_SAVE_MAGIC)
		return wrong(c->fault, c->at - sizeof(header), "magic 0x%x, not 0x%x",
			     header.magic, DOMAIN_SAVE_MAGIC);
	if (header.version != DOMAIN_SAVE_VERSION)
		return wrong(c->fault, c->at - sizeof(header.version),
			     "version %u: only %u is known", header.version,
			     DOMAIN_SAVE_VERSION);
	return true;
}

/* Check a record. If it is ignored, or if its type is unknown, accept any vCPU and any payload. */
static bool check_record(const struct record *r, struct fault *f)
{
	const struct type *t = type_of(r->type);

	if (r->type == DOMAIN_SAVE_CODE_HEADER)
		return wrong(f, r->at, "a second HEADER");
	if (r->ignore || !t->name)
		return true;
	if (r->vcpu && !t->per_vcpu)
		return wrong(f, r->at + offsetof(struct domain_save_descriptor, vcpu_id),
			     "%s of vCPU %u: this type of record has no vCPU", t->name, r->vcpu);
	return record_sound(r, f);
}

static bool read_records(struct context *c, struct cursor *at)
{
	struct record r;
	size_t room = 0;

	for (;;) {
		if (!next_record(at, &r))
			return false;
		if (r.type == DOMAIN_SAVE_CODE_END)
			break;
		if (!check_record(&r, at->fault))
			return false;
		if (c->nr == room) {
			room = 2 * room + 16;
			c->records = grow(c->records, room, sizeof(*c->records));
		}
		c->records[c->nr++] = r;
	}
	if (!plain(at, &r, 0, "END"))
		return false;
	if (at->at != at->size)
		return wrong(at->fault, at->at, "%zu bytes after END", at->size - at->at);
	return true;
}

static int by_type(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool sort_records(struct context *c, struct fault *f)
{
	c->sorted = grow(NULL, c->nr, sizeof(*c->sorted));
	for (size_t i = 0; i < c->nr; i++)
		if (!c->records[i].ignore)
			c->sorted[c->nr_sorted++] = &c->records[i];
	qsort(c->sorted, c->nr_sorted, sizeof(*c->sorted), by_type);
	for (size_t i = 1; i < c->nr_sorted; i++) {
		const struct record *r = c->sorted[i], *first = c->sorted[i - 1];
		char name[NUMBER_BYTES];

		if (r->type == first->type && r->vcpu == first->vcpu)
			return wrong(f, r->at, "a second %s: the first is at byte %zu",
				     record_name(r, name), first->at);
	}
	return true;
}

bool context_parse(struct context *c, const uint8_t *bytes, size_t size, struct fault *f)
{
	struct cursor at = { .bytes = bytes, .size = size, .fault = f };

	*c = (struct context){ 0 };
	if (size > MAX_STREAM)
		return wrong(f, MAX_STREAM, "longer than %u MiB, the limit for a context",
			     MAX_STREAM >> 20);
	if (read_header(&at) && read_records(c, &at) && sort_records(c, f))
		return true;
	context_free(c);
	return false;
}

void context_free(struct context *c)
{
	free(c->records);
	free(c->sorted);
	*c = (struct context){ 0 };
}

const struct record *context_find(const struct context *c, unsigned int type,
				  unsigned int vcpu)
{
	struct record r = { .type = type, .vcpu = vcpu };
	const struct record *key = &r;
	size_t low = 0, high = c->nr_sorted;

	/*
	 * Find the first record that does not sort before the key. The key has offset 0, so it
	 * sorts before any record of its type and vCPU.
	 */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_type(&c->sorted[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == c->nr_sorted || c->sorted[low]->type != type || c->sorted[low]->vcpu != vcpu)
		return NULL;
	return c->sorted[low];
}

/*
 * Xen saves types of records that it cannot load, and would reject the stream. Set the flag with
 * which Xen skips such a record.
 */
void context_ignore_unloadable(struct context *c, uint8_t *bytes)
{
	const uint32_t flags = DOMAIN_SAVE_FLAG_IGNORE;

	for (size_t i = 0; i < c->nr; i++) {
		struct record *r = &c->records[i];
		const struct type *t = type_of(r->type);

		if (r->ignore || !t->name || t->loads)
			continue;
		memcpy(bytes + r->at + offsetof(struct domain_save_descriptor, flags), &flags,
		       sizeof(flags));
		r->ignore = true;
	}
}
