/* SPDX-License-Identifier: GPL-2.0 */
/* The checker of images: what its two files share. */
#ifndef CHECK_H
#define CHECK_H

#include "image.h"

enum {
	PAGE_BYTES = 4096,
	ENTRIES = PAGE_BYTES / 8,	/* of a page table */
};

/* Types of pages in PAGE_DATA, XEN_DOMCTL_PFINFO_* shifted to the lowest bits. */
enum page_type {
	NOTAB = 0x0,
	L1TAB = 0x1,
	L4TAB = 0x4,
	PINNED = 0x8,
	BROKEN = 0xd,
	XALLOC = 0xe,
	XTAB = 0xf,
};

static inline bool is_table(unsigned int type)
{
	unsigned int level = type & ~PINNED;

	return type < BROKEN && level >= L1TAB && level <= L4TAB;
}

static inline bool has_data(unsigned int type)
{
	return type == NOTAB || is_table(type);
}

/* Why an image is not sound. Return false, so that callers can return it. */
struct check;
bool unsound(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* check-pages.c: the last version of each page, and what refers to which */
struct pages;
struct pages *pages_create(void);
void pages_free(struct pages *p);
bool pages_take(struct check *c, struct pages *p, uint64_t pfn, unsigned int type,
		const uint64_t *data);
/* These frames must have content in the end: @what names them in the verdict. */
bool pages_refer(struct check *c, struct pages *p, uint64_t pfn, const char *what);
bool pages_complete(struct check *c, const struct pages *p);
void pages_count(const struct pages *p, uint64_t *pages, uint64_t *tables);

#endif
