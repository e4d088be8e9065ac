// SPDX-License-Identifier: GPL-2.0
/*
 * Check the headers and records of an image: xl's header, libxl's stream, and in that
 * libxenguest's. A record must be of a type that its place allows. check-pages.c checks the pages.
 */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "../util.h"
#include "check.h"

enum {
	RECORD_MOST = 128 << 20,	/* libxenguest's own limit */
	CONFIG_MOST = 16 << 20,
	HELD_BYTES = 8,			/* of libxl's END record, which is held back */
};

struct check {
	struct verdict *verdict;
	struct source *in;
	int out;
	struct pages *pages;
	bool pv;
	unsigned int width;	/* of a word of a PV guest, in bytes; 0: not known yet */
	bool has_p2m, has_vcpu, has_context;
};

bool unsound(struct check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->verdict->what, sizeof(c->verdict->what), fmt, args);
	va_end(args);
	return false;
}

static bool fails(struct check *c, const char *what)
{
	if (errno == EBADMSG)
		return unsound(c, "the compressed data is damaged");
	c->verdict->failed = true;
	return unsound(c, "the image cannot be %s: %s", what, strerror(errno));
}

static bool pass_on(struct check *c, const void *data, size_t len)
{
	if (c->out >= 0 && !write_all(c->out, data, len))
		return fails(c, "written");
	return true;
}

static bool take_held(struct check *c, void *data, size_t len)
{
	bool taken = source_take(c->in, data, len);

	c->verdict->bytes = source_taken(c->in);
	if (taken)
		return true;
	if (errno != ENODATA)
		return fails(c, "read");
	return unsound(c, "the image ends after %llu bytes", (unsigned long long)c->verdict->bytes);
}

static bool take(struct check *c, void *data, size_t len)
{
	return take_held(c, data, len) && pass_on(c, data, len);
}

static bool skip(struct check *c, size_t len)
{
	unsigned char piece[PAGE_BYTES];

	for (size_t n; len; len -= n) {
		n = len < sizeof(piece) ? len : sizeof(piece);
		if (!take(c, piece, n))
			return false;
	}
	return true;
}

static bool take_xl(struct check *c)
{
	struct image_header header;

	if (!take(c, &header, sizeof(header)))
		return false;
	if (memcmp(header.magic, image_magic, sizeof(header.magic)))
		return unsound(c, "the image has no header of xl save");
	if (header.byte_order != IMAGE_BYTE_ORDER)
		return unsound(c, "the byte order is not that of x86");
	if (header.mandatory_flags != (IMAGE_JSON | IMAGE_STREAM_V2) || header.optional_flags)
		return unsound(c, "unknown flags in xl's header: %#x and %#x", header.mandatory_flags,
			       header.optional_flags);
	if (header.data_len > CONFIG_MOST)
		return unsound(c, "the configuration has %u bytes", header.data_len);
	return skip(c, header.data_len);
}

static bool take_libxl(struct check *c)
{
	struct libxl_header header;

	if (!take(c, &header, sizeof(header)))
		return false;
	if (memcmp(header.ident, "LibxlFmt", sizeof(header.ident)) ||
	    be32toh(header.version) != 2 || header.options)
		return unsound(c, "unknown header of libxl's stream");
	return true;
}

static bool take_libxc(struct check *c)
{
	struct libxc_header header;

	if (!take(c, &header, sizeof(header)))
		return false;
	if (header.marker != ~0ull || be32toh(header.id) != 0x58454e46 ||
	    be32toh(header.version) != 3 || header.options)
		return unsound(c, "unknown header of libxenguest's stream");
	if ((header.type != 1 && header.type != 2) || header.page_shift != 12)
		return unsound(c, "the type of the domain is %u", header.type);
	c->pv = header.type == 1;
	return true;
}

static bool take_page_data(struct check *c, const struct record *r)
{
	uint64_t data[ENTRIES], length = sizeof(struct page_data);
	struct page_data header;
	uint64_t *pfns;
	bool sound;

	if (r->length < sizeof(header))
		return unsound(c, "a record of pages has %u bytes", r->length);
	if (!take(c, &header, sizeof(header)))
		return false;
	if (!header.count || header.count > (r->length - length) / sizeof(*pfns))
		return unsound(c, "a record of %u bytes has %u pages", r->length, header.count);
	pfns = grow(NULL, header.count, sizeof(*pfns));
	sound = take(c, pfns, header.count * sizeof(*pfns));
	length += header.count * sizeof(*pfns);
	for (uint32_t i = 0; sound && i < header.count; i++) {
		unsigned int type = type_of(pfns[i]);

		if (!has_data(type) && type < BROKEN)
			sound = unsound(c, "unknown type of a page: %#x", type);
		else if (has_data(type)) {
			sound = take(c, data, sizeof(data));
			length += sizeof(data);
		}
		if (sound)
			sound = pages_take(c, c->pages, pfn_of(pfns[i]), type, data);
	}
	free(pfns);
	if (sound && length != r->length)
		sound = unsound(c, "a record of pages has %u bytes, and not %llu", r->length,
				(unsigned long long)length);
	return sound;
}

static bool take_pv_info(struct check *c, const struct record *r)
{
	uint8_t info[8];

	if (r->length != sizeof(info))
		return unsound(c, "X86_PV_INFO has %u bytes", r->length);
	if (!take(c, info, sizeof(info)))
		return false;
	c->width = info[0];
	if (!c->pv || (c->width != 4 && c->width != 8))
		return unsound(c, "unknown guest width: %u bytes", c->width);
	return true;
}

static bool take_p2m(struct check *c, const struct record *r)
{
	uint64_t range, pfn;

	if (r->length < sizeof(range) || r->length % sizeof(pfn))
		return unsound(c, "X86_PV_P2M_FRAMES has %u bytes", r->length);
	if (!take(c, &range, sizeof(range)))
		return false;
	for (uint32_t at = sizeof(range); at < r->length; at += sizeof(pfn))
		if (!take(c, &pfn, sizeof(pfn)) || !pages_refer(c, c->pages, pfn, "a page of the p2m"))
			return false;
	c->has_p2m = true;
	return true;
}

/*
 * Check a record of a vCPU. The page tables on which it runs must have content: those of the
 * kernel, and those of a program.
 */
static bool take_vcpu(struct check *c, const struct record *r)
{
	vcpu_guest_context_x86_64_t context;
	uint64_t id;

	c->has_vcpu = true;
	if (c->width != 8 || r->length != sizeof(id) + sizeof(context))
		return skip(c, padded(r->length));
	if (!take(c, &id, sizeof(id)) || !take(c, &context, sizeof(context)))
		return false;
	if (!pages_refer(c, c->pages, context.ctrlreg[3] / PAGE_BYTES, "the page tables of a vCPU"))
		return false;
	return !(context.ctrlreg[1] & 1) ||
	       pages_refer(c, c->pages, context.ctrlreg[1] / PAGE_BYTES,
			   "the page tables of a program on a vCPU");
}

static bool take_context(struct check *c, const struct record *r)
{
	c->has_context = true;
	return skip(c, padded(r->length));
}

static bool take_libxc_record(struct check *c, const struct record *r)
{
	static const struct {
		uint32_t type;
		bool (*take)(struct check *c, const struct record *r);
	} kinds[] = {
		{ PAGE_DATA, take_page_data },
		{ X86_PV_INFO, take_pv_info },
		{ X86_PV_P2M_FRAMES, take_p2m },
		{ X86_PV_VCPU_BASIC, take_vcpu },
		{ HVM_CONTEXT, take_context },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (r->type == kinds[i].type)
			return kinds[i].take(c, r);
	if (r->type > 0x12 && !(r->type & OPTIONAL))
		return unsound(c, "unknown type of a record, or a wrong place of this type: %#x", r->type);
	return skip(c, padded(r->length));
}

static bool libxc_complete(struct check *c)
{
	if (c->pv && (!c->width || !c->has_p2m || !c->has_vcpu))
		return unsound(c, "the state of a PV guest is not complete");
	if (!c->pv && !c->has_context)
		return unsound(c, "the state of the vCPUs is missing");
	if (!c->pv && !pages_any(c->pages))
		return unsound(c, "the image has no memory");
	return pages_complete(c, c->pages);
}

static bool take_context_records(struct check *c)
{
	struct record r;

	if (!take_libxc(c))
		return false;
	do {
		if (!take(c, &r, sizeof(r)))
			return false;
		if (r.length > RECORD_MOST)
			return unsound(c, "a record is too long: %u bytes", r.length);
		if (r.type != END && !take_libxc_record(c, &r))
			return false;
	} while (r.type != END);
	return libxc_complete(c);
}

static bool at_end(struct check *c)
{
	char byte;
	ssize_t n = source_read(c->in, &byte, 1);

	if (n < 0)
		return fails(c, "read");
	return !n || unsound(c, "the image continues after its END record");
}

/* Check an image up to its END record. Pass on this record only if all of the image is sound. */
static bool take_image(struct check *c)
{
	bool has_context = false;
	struct record r;

	if (!take_xl(c) || !take_libxl(c))
		return false;
	for (;;) {
		if (!take_held(c, &r, HELD_BYTES))
			return false;
		if (r.type == LIBXL_END)
			break;
		if (!pass_on(c, &r, sizeof(r)))
			return false;
		if (r.length > RECORD_MOST)
			return unsound(c, "a record of libxl is too long: %u bytes", r.length);
		if (r.type == LIBXC_CONTEXT) {
			if (has_context || r.length)
				return unsound(c, "the record of libxenguest's stream is repeated, or is not empty");
			has_context = true;
			if (!take_context_records(c))
				return false;
		} else if (!skip(c, padded(r.length))) {
			return false;
		}
	}
	if (!has_context)
		return unsound(c, "the image has no memory");
	return at_end(c) && pass_on(c, &r, HELD_BYTES);
}

void image_check(int in, int out, struct verdict *v, struct pages **pages)
{
	struct check c = { .verdict = v, .in = source_open(in), .out = out };

	*v = (struct verdict){ .sound = false };
	c.pages = pages_create();
	v->sound = take_image(&c);
	pages_count(c.pages, v);
	if (pages)
		*pages = c.pages;
	else
		pages_free(c.pages);
	source_close(c.in);
}
