// SPDX-License-Identifier: GPL-2.0
/*
 * Copy an image, with only the last version of each page, and with holes for zero pages.
 * libxenguest writes a page again in each round in which the guest has changed the page. xl restore
 * uses only the last version. Pages may have any order: a page table may refer to a later page.
 *
 * The caller has checked the image. Input and output may be the same file: no record becomes
 * longer, so the sink never overwrites bytes that the source has not read.
 */
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "image.h"
#include "records.h"

struct compact {
	struct source *in;
	struct sink *out;
	struct pages *pages;
};

static bool pass(struct compact *c, void *data, size_t len)
{
	return source_take(c->in, data, len) && sink_write(c->out, data, len);
}

static bool pass_any(struct compact *c, size_t len)
{
	unsigned char piece[PAGE_BYTES];

	for (size_t n; len; len -= n) {
		n = len < sizeof(piece) ? len : sizeof(piece);
		if (!pass(c, piece, n))
			return false;
	}
	return true;
}

static bool write_pages(struct compact *c, const uint64_t *pfns, uint32_t count,
			const unsigned char *data, const unsigned char *end)
{
	struct page_data header = { .count = count };
	struct record r = {
		.type = PAGE_DATA,
		.length = sizeof(header) + count * sizeof(*pfns) + (end - data),
	};
	bool done = !count || (sink_write(c->out, &r, sizeof(r)) &&
			       sink_write(c->out, &header, sizeof(header)) &&
			       sink_write(c->out, pfns, count * sizeof(*pfns)));

	for (; done && data < end; data += PAGE_BYTES)
		done = sink_page(c->out, data);
	return done;
}

/* Remove old versions from both arrays in place, and write the rest. */
static bool write_last_versions(struct compact *c, const struct page_data *header, uint64_t *pfns)
{
	unsigned char *data = (void *)(pfns + header->count), *from = data, *to = data;
	uint32_t left = 0;

	for (uint32_t i = 0; i < header->count; i++) {
		size_t len = has_data(type_of(pfns[i])) ? PAGE_BYTES : 0;

		if (pages_is_last(c->pages, pfn_of(pfns[i]))) {
			pfns[left++] = pfns[i];
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	return write_pages(c, pfns, left, data, to);
}

static bool take_pages(struct compact *c, const struct record *r)
{
	struct page_data *header = grow(NULL, r->length, 1);
	bool done = source_take(c->in, header, r->length) &&
		    write_last_versions(c, header, (void *)(header + 1));

	free(header);
	return done;
}

static bool compact_libxc(struct compact *c)
{
	struct record r;

	if (!pass_any(c, sizeof(struct libxc_header)))
		return false;
	do {
		if (!source_take(c->in, &r, sizeof(r)))
			return false;
		if (r.type == PAGE_DATA ? !take_pages(c, &r) :
					  !sink_write(c->out, &r, sizeof(r)) ||
					  !pass_any(c, padded(r.length)))
			return false;
	} while (r.type != END);
	return true;
}

static bool compact(struct compact *c)
{
	struct image_header header;
	struct record r;

	if (!pass(c, &header, sizeof(header)) || !pass_any(c, header.data_len) ||
	    !pass_any(c, sizeof(struct libxl_header)))
		return false;
	do {
		if (!pass(c, &r, sizeof(r)))
			return false;
		if (r.type == LIBXC_CONTEXT ? !compact_libxc(c) : !pass_any(c, padded(r.length)))
			return false;
	} while (r.type != LIBXL_END);
	return sink_end(c->out);
}

bool image_compact(int in, int out, struct pages *pages, bool compress)
{
	struct compact c = { source_open(in), sink_open(out, compress), pages };
	bool done = compact(&c);

	source_close(c.in);
	sink_close(c.out);
	return done;
}
