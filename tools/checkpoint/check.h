/* SPDX-License-Identifier: GPL-2.0 */
/* The checker of images: what its two files share. */
#ifndef CHECK_H
#define CHECK_H

#include "image.h"
#include "records.h"

/* Why an image is not sound. Return false, so that callers can return it. */
struct check;
bool unsound(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* check-pages.c: the last version of each page, and what refers to which */
struct pages *pages_create(void);
bool pages_take(struct check *c, struct pages *p, uint64_t pfn, unsigned int type,
		const uint64_t *data);
/* The last version of this pfn must have content: @what names it in the verdict. */
bool pages_refer(struct check *c, struct pages *p, uint64_t pfn, const char *what);
bool pages_any(const struct pages *p);	/* have content */
bool pages_complete(struct check *c, const struct pages *p);
void pages_count(const struct pages *p, struct verdict *v);

#endif
