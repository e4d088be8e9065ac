// SPDX-License-Identifier: GPL-2.0
/*
 * Compare two contexts of a guest field by field. The tables of fields contain which changes are
 * expected, and why.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "domctx.h"

/*
 * Add a difference to the list. An expected difference has a reason @why, and is dropped unless the
 * user gave --all.
 */
void differ(struct differences *d, const char *why, const char *was, const char *is,
	    const char *fmt, ...)
{
	struct difference *new;
	va_list args;

	if (why && !d->all)
		return;
	/* The list always has room for a power of two. Double it when it is full. */
	if (!(d->nr & (d->nr - 1)))
		d->list = grow(d->list, d->nr ? 2 * d->nr : 1, sizeof(*d->list));
	new = &d->list[d->nr++];
	new->why = why;
	snprintf(new->was, sizeof(new->was), "%s", was);
	snprintf(new->is, sizeof(new->is), "%s", is);
	va_start(args, fmt);
	vsnprintf(new->name, sizeof(new->name), fmt, args);
	va_end(args);
}

static const char *why_differs(const struct field *f, const struct pair *p, uint64_t was,
			       uint64_t is)
{
	const char *why = p->way == RESTORED ? f->restored : f->goes_on;

	return why || !f->excuse ? why : f->excuse(p, was, is);
}

static void diff_fields(struct differences *d, const struct pair *p, const char *name,
			const struct field *f, const uint8_t *was, const uint8_t *is)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	for (; f->name; f++) {
		uint64_t x = field_value(f, was), y = field_value(f, is);

		if (x != y)
			differ(d, why_differs(f, p, x, y), field_text(f, x, a),
			       field_text(f, y, b), "%s%s", name, f->name);
	}
}

/* Compare bytes that have no fields, and report the first byte that differs. */
static void diff_bytes(struct differences *d, const char *why, const char *name,
		       const uint8_t *was, const uint8_t *is, size_t length)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES];
	size_t at = 0;

	if (!memcmp(was, is, length))
		return;
	while (was[at] == is[at])
		at++;
	snprintf(a, sizeof(a), "0x%02x", was[at]);
	snprintf(b, sizeof(b), "0x%02x", is[at]);
	differ(d, why, a, b, "%s: byte %zu", name, at);
}

static void diff_vcpu_infos(struct differences *d, const struct pair *p,
			    const struct page *page, const uint8_t *was, const uint8_t *is)
{
	for (unsigned int i = 0; i < VCPU_INFOS; i++) {
		size_t at = i * VCPU_INFO_BYTES;
		char name[NUMBER_BYTES];
		bool used = vcpu_info_in_page(p->was, i) || vcpu_info_in_page(p->is, i);

		snprintf(name, sizeof(name), "SHARED_INFO: vcpu_info[%u]%s", i,
			 used ? "." : "");
		if (used)
			diff_fields(d, p, name, page->vcpu_info, was + at, is + at);
		else
			diff_bytes(d, "the vcpu_info is not in use", name, was + at, is + at,
				   VCPU_INFO_BYTES);
	}
}

static void diff_page(struct differences *d, const struct pair *p, const struct record *was,
		      const struct record *is)
{
	const uint8_t *a = was->data + sizeof(struct domain_save_shared_info);
	const uint8_t *b = is->data + sizeof(struct domain_save_shared_info);
	const struct page *page = page_of(was);

	/*
	 * The pages have different layouts. diff_fields() has already reported the architecture or
	 * the width.
	 */
	if (page != page_of(is))
		return;
	if (!page) {
		diff_bytes(d, "the layout of the page is unknown", "SHARED_INFO: page", a, b,
			   PAGE_BYTES);
		return;
	}
	diff_vcpu_infos(d, p, page, a, b);
	diff_bytes(d, "events change all the time", "SHARED_INFO: evtchn_pending", a + page->pending,
		   b + page->pending, page->bitmap);
	diff_bytes(d, "EVTCHN has the mask of each port", "SHARED_INFO: evtchn_mask",
		   a + page->mask, b + page->mask, page->bitmap);
	diff_fields(d, p, "SHARED_INFO: ", page->fields, a, b);
	diff_bytes(d, NULL, "SHARED_INFO: rest", a + page->end, b + page->end,
		   PAGE_BYTES - page->end);
}

/*
 * Compare the event array pages that both contexts have. After a restore, Linux registers each page
 * at the same address again, so a change is unexpected.
 */
static void diff_pages(struct differences *d, const struct record *was, const struct record *is)
{
	const struct type *t = type_of(was->type);

	for (size_t at = t->length; at < was->length && at < is->length; at += t->entry) {
		uint64_t x = get_number(was->data, at, t->entry);
		uint64_t y = get_number(is->data, at, t->entry);
		char a[NUMBER_BYTES], b[NUMBER_BYTES];

		if (x == y)
			continue;
		snprintf(a, sizeof(a), "0x%llx", (unsigned long long)x);
		snprintf(b, sizeof(b), "0x%llx", (unsigned long long)y);
		differ(d, NULL, a, b, "FIFO_ARRAY: page of ports from %zu on",
		       (at - t->length) / t->entry * FIFO_WORDS);
	}
}

static void diff_unknown(struct differences *d, const char *name, const struct record *was,
			 const struct record *is)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (was->length == is->length) {
		diff_bytes(d, NULL, name, was->data, is->data, was->length);
		return;
	}
	snprintf(a, sizeof(a), "%zu", was->length);
	snprintf(b, sizeof(b), "%zu", is->length);
	differ(d, NULL, a, b, "%s: length", name);
}

static void diff_records(struct differences *d, struct pair *p, const struct record *was,
			 const struct record *is)
{
	const struct type *t = type_of(was->type);
	char text[NUMBER_BYTES], name[NUMBER_BYTES + 2];

	p->vcpu = was->vcpu;
	snprintf(name, sizeof(name), "%s", record_name(was, text));
	if (!t->name) {
		diff_unknown(d, name, was, is);
		return;
	}
	strcat(name, ": ");
	diff_fields(d, p, name, t->fields, was->data, is->data);
	if (was->type == DOMAIN_SAVE_CODE_SHARED_INFO)
		diff_page(d, p, was, is);
	else if (was->type == DOMAIN_SAVE_CODE_VCPU_TIMERS)
		diff_timer(d, p, was, is);
	else if (was->type == DOMAIN_SAVE_CODE_EVTCHN)
		diff_ports(d, p);
	else if (was->type == DOMAIN_SAVE_CODE_GNTTAB)
		diff_pins(d, p, was, is);
	else if (was->type == DOMAIN_SAVE_CODE_FIFO_ARRAY)
		diff_pages(d, was, is);
}

static int compare(const struct record *a, const struct record *b)
{
	if (!a || !b)
		return a ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return a->vcpu < b->vcpu ? -1 : a->vcpu > b->vcpu;
}

/*
 * Compare records of the same type and vCPU: go through both sorted lists in parallel, as a merge
 * does.
 */
static void diff_sorted(struct differences *d, struct pair *p)
{
	const struct context *was = p->was, *is = p->is;
	size_t a = 0, b = 0;

	while (a < was->nr_sorted || b < is->nr_sorted) {
		const struct record *x = a < was->nr_sorted ? was->sorted[a] : NULL;
		const struct record *y = b < is->nr_sorted ? is->sorted[b] : NULL;
		int order = compare(x, y);
		char name[NUMBER_BYTES];

		if (!order)
			diff_records(d, p, x, y);
		else if (order < 0)
			differ(d, NULL, "present", "missing", "%s", record_name(x, name));
		else
			differ(d, NULL, "none", "present", "%s", record_name(y, name));
		a += order <= 0;
		b += order >= 0;
	}
}

static struct ports *ports_of(const struct context *c, struct ports *ports)
{
	const struct record *r = context_find(c, DOMAIN_SAVE_CODE_EVTCHN, 0);

	if (!r)
		return NULL;
	ports_read(ports, r);
	return ports;
}

void diff_contexts(struct differences *d, const struct context *was,
		   const struct context *is, enum way way)
{
	struct ports a = { 0 }, b = { 0 };
	struct pair p = {
		.way = way, .was = was, .is = is,
		.ports_was = ports_of(was, &a), .ports_is = ports_of(is, &b),
	};

	diff_sorted(d, &p);
	ports_free(&a);
	ports_free(&b);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct difference *const *)a)->name,
		      (*(const struct difference *const *)b)->name);
}

/*
 * Mark each unexpected difference that @other lacks as expected. A running guest changes all the
 * time, but a defect shows in each dump.
 */
void diff_common(struct differences *d, const struct differences *other)
{
	const struct difference **names = grow(NULL, other->nr, sizeof(*names));
	size_t nr = 0;

	for (size_t i = 0; i < other->nr; i++)
		if (!other->list[i].why)
			names[nr++] = &other->list[i];
	qsort(names, nr, sizeof(*names), by_name);
	for (size_t i = 0; i < d->nr; i++) {
		const struct difference *key = &d->list[i];

		if (!key->why && !bsearch(&key, names, nr, sizeof(*names), by_name))
			d->list[i].why = "not in each new dump";
	}
	free(names);
}

bool diff_print(FILE *out, const struct differences *d)
{
	bool unexpected = false;

	for (size_t i = 0; i < d->nr; i++) {
		const struct difference *one = &d->list[i];

		if (!one->why)
			fprintf(out, "%s: %s -> %s\n", one->name, one->was, one->is);
		else if (d->all)
			fprintf(out, "expected: %s: %s -> %s (%s)\n", one->name, one->was,
				one->is, one->why);
		unexpected |= !one->why;
	}
	return unexpected;
}
