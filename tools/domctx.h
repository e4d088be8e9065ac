/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen-domctx: print, compare and load the context of a domain, the state that Xen keeps for it. Xen
 * returns the context as a stream of records.
 *
 * A stream may come from any file. Use its lengths and counts only after context_parse() has
 * checked them.
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

#define MAX_STREAM (16u << 20)	/* longest stream that Xen returns or loads */
#define PAGE_BYTES 4096
#define FIFO_WORDS (PAGE_BYTES / 4)	/* ports whose words are on one page of the event array */

/* domctx-parse.c */
struct record {
	uint16_t type;		/* DOMAIN_SAVE_CODE_* */
	uint16_t vcpu;
	bool ignore;		/* Xen skips it in a load; its payload may be anything */
	size_t at;		/* offset of the descriptor in the stream */
	size_t length;		/* bytes of the payload */
	const uint8_t *data;	/* the payload, in the stream */
};

struct context {
	struct record *records;	/* in the order of the stream, without HEADER and END */
	size_t nr;
	const struct record **sorted; /* records that are not ignored, sorted by type and vCPU */
	size_t nr_sorted;
};

/* The first fault of a stream: the offset of the wrong bytes, and a description. */
struct fault {
	size_t at;
	char what[128];
};

bool context_parse(struct context *c, const uint8_t *bytes, size_t size, struct fault *f);
void context_free(struct context *c);
/*
 * Before a load: set the IGNORE flag in the stream @bytes for each known type that Xen cannot load.
 * Records of unknown types stay as they are.
 */
void context_ignore_unloadable(struct context *c, uint8_t *bytes);
const struct record *context_find(const struct context *c, unsigned int type,
				  unsigned int vcpu);
/*
 * Return whether the payload of @r follows the rules of its type. If not, describe the fault in @f,
 * unless @f is NULL.
 */
bool record_sound(const struct record *r, struct fault *f);
uint64_t get_number(const uint8_t *data, size_t at, unsigned int size);

/*
 * domctx-types.c: the fields of records. A struct pair holds the two contexts that diff compares.
 */
struct ports;
enum way { RESTORED, GOES_ON };	/* after a restore; or the same domain after a checkpoint */

struct pair {
	enum way way;
	const struct context *was, *is;
	struct ports *ports_was, *ports_is;	/* their event channels; NULL: no EVTCHN record */
	unsigned int vcpu;
};

enum format { DECIMAL, SIGNED, HEX, FLAG, NAME };

/*
 * A field of a record: its place, its format, and why its value may change. @restored is the reason
 * after a restore, @goes_on the reason in a domain that continues after a checkpoint. NULL: there
 * is no such reason.
 */
struct field {
	const char *name;	/* NULL in the last entry of a table */
	uint16_t at;
	uint8_t size;
	enum format format;
	const char *restored, *goes_on;
	union {
		uint64_t mask;			/* FLAG: the bit of the field that is printed */
		const char *const *names;	/* NAME: of the values 0, 1, ..., then NULL */
	};
	const char *zero;	/* text for the value 0, or NULL */
	const char *ones;	/* text for a value with all bits set, or NULL */
	/*
	 * Called if there is no such reason: return why this change is expected, or NULL if it is
	 * not.
	 */
	const char *(*excuse)(const struct pair *p, uint64_t was, uint64_t is);
};

struct type {
	const char *name;	/* NULL: xen-domctx does not know this type */
	bool per_vcpu, loads;
	size_t length;		/* bytes of the payload in front of its entries */
	size_t entry;		/* bytes of an entry; 0: the type has no entries */
	size_t count_at;	/* offset of the number of entries in the payload */
	const struct field *fields;
};

#define NUMBER_BYTES 64
const struct type *type_of(unsigned int code);
unsigned int type_named(const char *name);
uint64_t field_value(const struct field *f, const uint8_t *data);
const char *field_text(const struct field *f, uint64_t value, char text[NUMBER_BYTES]);
const char *record_name(const struct record *r, char text[NUMBER_BYTES]);
bool vcpu_online(const struct context *c, unsigned int vcpu);
const char *why_offline(const struct pair *p);	/* NULL: it is online, or this is no restore */
const char *value_name(const char *const *names, uint64_t value, char text[NUMBER_BYTES]);
extern const char *const virq_names[];

/*
 * domctx-page.c: the layout of the shared info page. It depends on the width of the guest's word.
 */
struct page {
	const struct field *fields;	/* their offsets are from the start of the page */
	const struct field *vcpu_info;	/* their offsets are from the start of a vcpu_info */
	size_t pending, mask, bitmap;	/* offsets of the two port bitmaps; bytes of each */
	size_t end;			/* offset of the first unused byte */
};

const struct page *page_of(const struct record *shared_info); /* NULL: not a page of x86 */
bool vcpu_info_in_page(const struct context *c, unsigned int vcpu);
#define VCPU_INFOS 32	/* vcpu_info structures in the page */
#define VCPU_INFO_BYTES 64

/* domctx-ports.c: event channels */
struct port {
	uint32_t port, binding;
	uint16_t flags, vcpu, remote;
	uint8_t state, priority;
	bool early;		/* the toolstack created it before the guest ran */
	struct port *other;	/* the same port in the other context, or NULL */
	/*
	 * If @other is NULL: the number of ports with the same identity in the old and in the new
	 * context. Only one of these ports has the numbers. The others have 0.
	 */
	unsigned int nr_was, nr_is;
};

struct ports {
	struct port *ports;
	size_t nr;
	unsigned int abi;
	bool *timer_pending;	/* of each vCPU: VIRQ_TIMER is pending */
	unsigned int nr_timers;
};

static inline bool port_is_channel(const struct port *p)
{
	return p->state == DOMAIN_SAVE_EVTCHN_UNBOUND ||
	       p->state == DOMAIN_SAVE_EVTCHN_INTERDOMAIN;
}

void ports_read(struct ports *p, const struct record *evtchn);
void ports_free(struct ports *p);
bool timer_pending(const struct ports *p, unsigned int vcpu); /* is VIRQ_TIMER pending? */
void ports_match(struct ports *was, struct ports *is, enum way way);
/*
 * Return whether diff cannot distinguish this port from others of its kind after a restore: a port of a
 * device, or an IPI.
 */
bool port_is_one_of_many(const struct port *p);
const char *port_name(const struct port *p, char text[NUMBER_BYTES]);
extern const char *const port_states[];

/* domctx-show.c */
void show_context(FILE *out, const struct context *c);

/* domctx-diff.c: the differences of two contexts */
struct difference {
	char name[96];
	char was[NUMBER_BYTES], is[NUMBER_BYTES];
	const char *why;	/* why the difference is expected; NULL: it is unexpected */
};

struct differences {
	struct difference *list;
	size_t nr;
	bool all;		/* also keep expected differences */
	unsigned int looks;	/* how many new contexts diff compares with the old one */
};

void diff_contexts(struct differences *d, const struct context *was,
		   const struct context *is, enum way way);
void diff_common(struct differences *d, const struct differences *other);
bool diff_print(FILE *out, const struct differences *d); /* true: one is unexpected */
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
/*
 * The records to dump: all of them (0, 0), or those of one type. @vcpu is the id of a vCPU, 0 for a
 * record of the whole domain, or DOMAIN_SAVE_ALL_VCPUS.
 */
struct choice {
	uint32_t type, vcpu;
};

uint8_t *xen_get_context(unsigned int domid, const struct choice *choice, size_t *size);
/* The handle of a domain. A load calls the four functions below in this order. */
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
