// SPDX-License-Identifier: GPL-2.0
/*
 * Check that an image has all pages. libxenguest 4.17 may leave pages out without an error, in
 * three ways.
 *
 * libxenguest does not write a page table of a PV guest that has an entry for a frame outside the
 * guest, such as a mapped grant. While the guest runs, it defers the table; in the pause it writes
 * the type XTAB in place of the table, and the save succeeds. A restore then puts an empty page
 * there, and all memory that the table mapped is lost. An image must follow these rules:
 *
 *	rule					what is lost otherwise
 *	each present entry of the last version	a page table, or a page, that a page table
 *	of each table has content		refers to
 *	a page that was written as a table	a page table at the top of a process, to which
 *	is not XTAB at last			nothing refers
 *	what pages_refer() names has content	the tables that vCPUs use, and the p2m
 *
 * A page of data that becomes XTAB, and to which no table refers, is valid: the guest has ballooned
 * it out.
 */
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "check.h"

enum {
	PRESENT = 1,
	MOST_PFNS = 1 << 28,	/* pages of 1 TiB */
	CHUNK_PFNS = 1 << 15,
	REFERENCES = 4096,	/* allocated at once: a vCPU has two, the p2m of 1 GiB has 512 */
	ROW = 16,		/* zero pages in a row that become a hole: LEAST_HOLE in sink.c */
};

#define FRAME_MASK 0x000ffffffffff000ull
#define NOTHING UINT32_MAX

/* The versions of a page in the image. */
struct page {
	uint8_t type;		/* type of the last version */
	bool was_table;
	uint32_t table;		/* index in tables, or NOTHING */
	uint32_t versions;	/* number of versions; each pages_is_last() subtracts one */
};

struct reference {
	uint64_t pfn;
	const char *what;
};

struct pages {
	/* In chunks, because a damaged image may have only one page, near the end of 1 TiB. */
	struct page *chunks[MOST_PFNS / CHUNK_PFNS];
	uint32_t (*tables)[ENTRIES];	/* pfns in the entries of each table, or NOTHING */
	size_t nr_tables, room;
	struct reference *references;
	size_t nr_references;
	uint64_t old;		/* versions with content that later versions replace */
	uint64_t row;		/* length of the row of zero pages at the current page */
	uint64_t zero;		/* zero pages in rows of ROW or more */
};

struct pages *pages_create(void)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (!p)
		die("out of memory");
	return p;
}

void pages_free(struct pages *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < MOST_PFNS / CHUNK_PFNS; i++)
		free(p->chunks[i]);
	free(p->tables);
	free(p->references);
	free(p);
}

static struct page *page_at(struct pages *p, uint64_t pfn)
{
	struct page **chunk;

	if (pfn >= MOST_PFNS)
		return NULL;
	chunk = &p->chunks[pfn / CHUNK_PFNS];
	if (!*chunk)
		*chunk = calloc(CHUNK_PFNS, sizeof(**chunk));
	if (!*chunk)
		die("out of memory");
	return *chunk + pfn % CHUNK_PFNS;
}

/* Return NULL if the image mentions neither this page nor one near it. */
static struct page *known_page(const struct pages *p, uint64_t pfn)
{
	struct page *chunk = p->chunks[pfn / CHUNK_PFNS];

	return chunk ? chunk + pfn % CHUNK_PFNS : NULL;
}

/* Return the first page from *@pfn on that known_page() finds, and set *@pfn; or return NULL. */
static struct page *next_page(const struct pages *p, uint64_t *pfn)
{
	struct page *page = NULL;

	while (*pfn < MOST_PFNS && !(page = known_page(p, *pfn)))
		*pfn += CHUNK_PFNS - *pfn % CHUNK_PFNS;
	return page;
}

static uint32_t table_of(struct pages *p, struct page *page)
{
	if (page->was_table)
		return page->table;
	if (p->nr_tables == p->room) {
		p->room = p->room ? p->room * 2 : 256;
		p->tables = grow(p->tables, p->room, sizeof(*p->tables));
	}
	return p->nr_tables++;
}

static bool take_table(struct check *c, struct pages *p, struct page *page, uint64_t pfn,
		       const uint64_t *data)
{
	uint32_t *entries;

	page->table = table_of(p, page);
	page->was_table = true;
	entries = p->tables[page->table];
	for (size_t i = 0; i < ENTRIES; i++) {
		uint64_t frame = (data[i] & FRAME_MASK) / PAGE_BYTES;

		entries[i] = NOTHING;
		if (!(data[i] & PRESENT))
			continue;
		if (frame >= MOST_PFNS)
			return unsound(c, "entry %zu of the page table %#llx is for frame %#llx, beyond 1 TiB",
				       i, (unsigned long long)pfn, (unsigned long long)frame);
		entries[i] = frame;
	}
	return true;
}

static void count_zeros(struct pages *p, const uint64_t *data)
{
	if (!is_zero(data))
		p->row = 0;
	else if (++p->row >= ROW)
		p->zero += p->row == ROW ? ROW : 1;
}

bool pages_take(struct check *c, struct pages *p, uint64_t pfn, unsigned int type,
		const uint64_t *data)
{
	struct page *page = page_at(p, pfn);

	if (!page)
		return unsound(c, "page %#llx is beyond 1 TiB", (unsigned long long)pfn);
	p->old += page->versions++ && has_data(page->type);
	page->type = type;
	if (has_data(type))
		count_zeros(p, data);
	return !is_table(type) || take_table(c, p, page, pfn, data);
}

bool pages_refer(struct check *c, struct pages *p, uint64_t pfn, const char *what)
{
	if (pfn >= MOST_PFNS)
		return unsound(c, "%s is page %#llx, beyond 1 TiB", what,
			       (unsigned long long)pfn);
	if (p->nr_references % REFERENCES == 0)
		p->references = grow(p->references, p->nr_references + REFERENCES,
				     sizeof(*p->references));
	p->references[p->nr_references++] = (struct reference){ pfn, what };
	return true;
}

/*
 * Return whether a restored guest gets this page. If the image lacks the page, or has it with type
 * XTAB, the guest gets an empty page.
 */
static bool has_content(const struct pages *p, uint64_t pfn)
{
	const struct page *page = known_page(p, pfn);

	return page && page->versions && (has_data(page->type) || page->type == XALLOC);
}

static bool table_complete(struct check *c, const struct pages *p, const struct page *page,
			   uint64_t pfn)
{
	const uint32_t *entries = p->tables[page->table];

	for (size_t i = 0; i < ENTRIES; i++)
		if (entries[i] != NOTHING && !has_content(p, entries[i]))
			return unsound(c, "page %#x is left out, and entry %zu of the page table %#llx refers to it",
				       entries[i], i, (unsigned long long)pfn);
	return true;
}

bool pages_complete(struct check *c, const struct pages *p)
{
	const struct page *page;

	for (uint64_t pfn = 0; (page = next_page(p, &pfn)); pfn++) {
		if (is_table(page->type) && !table_complete(c, p, page, pfn))
			return false;
		if (page->was_table && page->type == XTAB)
			return unsound(c, "the page table %#llx is left out",
				       (unsigned long long)pfn);
	}
	for (size_t i = 0; i < p->nr_references; i++)
		if (!has_content(p, p->references[i].pfn))
			return unsound(c, "page %#llx is left out: %s",
				       (unsigned long long)p->references[i].pfn,
				       p->references[i].what);
	return true;
}

bool pages_any(const struct pages *p)
{
	const struct page *page;

	for (uint64_t pfn = 0; (page = next_page(p, &pfn)); pfn++)
		if (page->versions && has_data(page->type))
			return true;
	return false;
}

bool pages_is_last(struct pages *p, uint64_t pfn)
{
	return !--known_page(p, pfn)->versions;
}

void pages_count(const struct pages *p, struct verdict *v)
{
	const struct page *page;

	v->old = p->old;
	v->zero = p->zero;
	for (uint64_t pfn = 0; (page = next_page(p, &pfn)); pfn++) {
		v->pages += page->versions && has_data(page->type);
		v->tables += is_table(page->type);
	}
}
