/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that check.c and check-pages.c share. */
#ifndef CHECK_H
#define CHECK_H

#include "image.h"
#include "records.h"

/* Store why an image is not sound. Return false, so that the caller can return this result. */
struct check;
bool unsound(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* check-pages.c: the last version of each page, and references between pages */
struct pages *pages_create(void);
bool pages_take(struct check *c, struct pages *p, uint64_t pfn, unsigned int type,
		const uint64_t *data);
/*
 * Require that the last version of this pfn has content. @what is the name of the page for the
 * verdict.
 */
bool pages_refer(struct check *c, struct pages *p, uint64_t pfn, const char *what);
bool pages_any(const struct pages *p);	/* return whether any page has content */
bool pages_complete(struct check *c, const struct pages *p);
void pages_count(const struct pages *p, struct verdict *v);

#endif
