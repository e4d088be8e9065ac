/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen-domctx: a domain's context, which Xen gives as a stream of records, for people.
 *
 * What is read may be anything: lengths and counts of a stream are believed only where
 * context_parse() has looked at them.
 */
#ifndef DOMCTX_H
#define DOMCTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <xen/xen.h>
#include <xen/save.h>

#include "util.h"

#define MAX_STREAM (16u << 20)	/* Xen takes and gives no more */
#define PAGE_BYTES 4096
#define FIFO_WORDS (PAGE_BYTES / 4)	/* ports on a page of the event array */

/* domctx-parse.c */
struct record {
	uint16_t type;		/* DOMAIN_SAVE_CODE_* */
	uint16_t vcpu;
	bool ignore;		/* Xen does not load it; its content may be anything */
	size_t at;		/* where it begins in the stream */
	size_t length;		/* of the payload */
	const uint8_t *data;	/* the payload, in the stream */
};

struct context {
	struct record *records;	/* in the order of the stream, without HEADER and END */
	size_t nr;
	const struct record **sorted; /* by type and vCPU, those that are not to be ignored */
	size_t nr_sorted;
};

/* What is wrong with a stream, and where. */
struct fault {
	size_t at;
	char what[128];
};

bool context_parse(struct context *c, const uint8_t *bytes, size_t size, struct fault *f);
void context_free(struct context *c);
/* For a load. @bytes is the stream of the context. A record of an unknown type stays as it is. */
void context_ignore_unloadable(struct context *c, uint8_t *bytes);
const struct record *context_find(const struct context *c, unsigned int type,
				  unsigned int vcpu);
/* Is the content as its type wants it? Where it is not, f says, if it is not NULL. */
bool record_sound(const struct record *r, struct fault *f);
uint64_t get_number(const uint8_t *data, size_t at, unsigned int size);

/* domctx-types.c: what is in records. Two contexts, where two are compared: */
struct ports;
enum way { RESTORED, GOES_ON };	/* a new domain, or the same after a checkpoint */

struct pair {
	enum way way;
	const struct context *was, *is;
	struct ports *ports_was, *ports_is;	/* theirs; NULL: not known */
	unsigned int vcpu;
};

enum format { DECIMAL, SIGNED, HEX, FLAG, NAME };

/*
 * A field, how it reads, and why it may be different in a domain that was restored, or
 * that goes on after a checkpoint: NULL if it may not.
 */
struct field {
	const char *name;	/* the last of a table has none */
	uint16_t at;
	uint8_t size;
	enum format format;
	const char *restored, *goes_on;
	union {
		uint64_t mask;			/* FLAG: this bit of it */
		const char *const *names;	/* NAME: of values from 0 on, to a NULL */
	};
	const char *zero;	/* how 0 reads, if not as 0 */
	const char *ones;	/* how all ones read, if not as a number */
	/* Or why, by what else is known. */
	const char *(*excuse)(const struct pair *p, uint64_t was, uint64_t is);
};

struct type {
	const char *name;	/* NULL: none of ours */
	bool per_vcpu, loads;
	size_t length;		/* without the entries that may follow, */
	size_t entry;		/* of so many bytes each, */
	size_t count_at;	/* as many as the number there says */
	const struct field *fields;
};

#define NUMBER_BYTES 64
const struct type *type_of(unsigned int code);
unsigned int type_named(const char *name);
uint64_t field_value(const struct field *f, const uint8_t *data);
const char *field_text(const struct field *f, uint64_t value, char text[NUMBER_BYTES]);
const char *record_name(const struct record *r, char text[NUMBER_BYTES]);
bool vcpu_online(const struct context *c, unsigned int vcpu);
const char *why_offline(const struct pair *p);	/* NULL if the vCPU is not */
const char *value_name(const char *const *names, uint64_t value, char text[NUMBER_BYTES]);
extern const char *const virq_names[];

/* domctx-page.c: the shared info page, of which there is one for each width of a word */
struct page {
	const struct field *fields;	/* at in the page */
	const struct field *vcpu_info;	/* at in one of these */
	size_t pending, mask, bitmap;	/* where the bitmaps of ports are, and their bytes */
	size_t end;			/* of what is in use */
};

const struct page *page_of(const struct record *shared_info); /* NULL: not known here */
bool vcpu_info_in_page(const struct context *c, unsigned int vcpu);
#define VCPU_INFOS 32	/* that are in the page, */
#define VCPU_INFO_BYTES 64

/* domctx-ports.c: event channels */
struct port {
	uint32_t port, binding;
	uint16_t flags, vcpu, remote;
	uint8_t state, priority;
	bool early;		/* the toolstack has made it, before the guest ran */
	struct port *other;	/* which it is in the other context */
	/* None: how many are like it in either. Of those, one says so; the others have 0. */
	unsigned int nr_was, nr_is;
};

struct ports {
	struct port *ports;
	size_t nr;
	unsigned int abi;
	bool *timer_pending;	/* of each vCPU, to the last one of which it is */
	unsigned int nr_timers;
};

static inline bool port_is_channel(const struct port *p)
{
	return p->state == DOMAIN_SAVE_EVTCHN_UNBOUND ||
	       p->state == DOMAIN_SAVE_EVTCHN_INTERDOMAIN;
}

void ports_read(struct ports *p, const struct record *evtchn);
void ports_free(struct ports *p);
bool timer_pending(const struct ports *p, unsigned int vcpu); /* is its timer's event? */
void ports_match(struct ports *was, struct ports *is, enum way way);
/* May it be another of its kind in a new domain? */
bool port_is_one_of_many(const struct port *p);
const char *port_name(const struct port *p, char text[NUMBER_BYTES]);
extern const char *const port_states[];

/* domctx-show.c */
void show_context(FILE *out, const struct context *c);

/* domctx-diff.c, and what it finds */
struct difference {
	char name[96];
	char was[NUMBER_BYTES], is[NUMBER_BYTES];
	const char *why;	/* it was to be expected; NULL: it was not */
};

struct differences {
	struct difference *list;
	size_t nr;
	bool all;		/* keep those that are expected */
	unsigned int looks;	/* how many there are, this one and others */
};

void diff_contexts(struct differences *d, const struct context *was,
		   const struct context *is, enum way way);
void diff_common(struct differences *d, const struct differences *other);
bool diff_print(FILE *out, const struct differences *d); /* any that was not expected? */
void differ(struct differences *d, const char *why, const char *was, const char *is,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* domctx-diff-ports.c */
void diff_ports(struct differences *d, const struct pair *p);
void diff_timer(struct differences *d, const struct pair *p, const struct record *was,
		const struct record *is);
void diff_pins(struct differences *d, const struct pair *p, const struct record *was,
	       const struct record *is);

/* domctx-util.c */
uint8_t *read_file(const char *name, size_t *size);

/* domctx-xen.c */
/* All records (0, 0), or those of a type; vcpu is the id of a vCPU or DOMAIN_SAVE_ALL_VCPUS. */
struct choice {
	uint32_t type, vcpu;
};

uint8_t *xen_get_context(unsigned int domid, const struct choice *choice, size_t *size);
/* A load calls these in this order. */
struct identity {
	uint8_t handle[16];
};

void xen_can_load(unsigned int domid);
void xen_paused_domain(unsigned int domid, struct identity *id);
void xen_set_context(unsigned int domid, const uint8_t *bytes, size_t size);
void xen_same_domain(unsigned int domid, const struct identity *id);

/* domctx-name.c */
unsigned int find_domain(const char *name);

#endif
