/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of malformed share: domains that never run, streams, and what Xen is
 * to make of them.
 */
#ifndef MALFORMED_H
#define MALFORMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

#include <xen/save.h>

#define PAGE		4096
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Xen takes no more than this in one call. */
#define MOST		(16ull << 20)

/* Room for what domains here have to say of themselves, and for mistakes in it. */
#define ROOM		(16 * PAGE)

/* Each program defines its name, for die(). */
extern const char program[];
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...);

/* --- domains.c: domains that never run, and the two calls */

/* PVH: HVM, with local APICs as the only emulated devices. */
enum kind { PV, PVH, HVM, KINDS };

struct domain {
	uint32_t id;
	unsigned int vcpus;
	enum kind kind;
};

extern const char *const kind_names[KINDS];

void domains_open(void);
struct domain domain_build(enum kind kind, unsigned int vcpus);
void domain_destroy(const struct domain *d);

/* To Xen, it may have run then. Its vCPUs stay offline, so nothing runs. */
void domain_unpause_once(const struct domain *d);

/* A page that it is given, and its grant table, of one frame. */
xen_pfn_t domain_page(const struct domain *d);
void *domain_grants(const struct domain *d);

/* A page of it mapped here keeps a domain that is destroyed from going away; NULL is none. */
void *domain_hold(const struct domain *d);
bool domain_is_dying(const struct domain *d);
void domain_let_go(const struct domain *d, void *held);

/* Xen's log has a line for each record in a debug build, which takes its time. */
void xen_hush(void);

/* Return 0 or an errno. */
int context_get(uint32_t domid, void *buffer, uint64_t *size);
int context_set(uint32_t domid, const void *buffer, uint64_t size);
/* The same, with a typecode and a vCPU. */
int context_get_one(uint32_t domid, uint32_t typecode, uint32_t vcpu_id, void *buffer,
		    uint64_t *size);
int context_set_one(uint32_t domid, uint32_t typecode, uint32_t vcpu_id, const void *buffer,
		    uint64_t size);

/* The last byte before a page that is not there; ROOM in front of it. */
unsigned char *brink(void);

/* --- streams.c: made of records */

struct stream {
	size_t size;
	unsigned char bytes[ROOM];
};

/* Not aligned as such; read by memcpy(). */
struct record {
	struct domain_save_descriptor desc;
	const unsigned char *payload;
};

#define RECORDS	64

struct records {
	unsigned int nr;
	struct record of[RECORDS];
};

/* What a domain says of itself; the payloads are in STREAM. */
void stream_get(const struct domain *d, struct stream *stream);
void records_of(const struct stream *stream, struct records *records);

/* The first of that type; there has to be one. */
struct record *records_find(struct records *records, unsigned int typecode);

void stream_copy(struct stream *to, const struct stream *from);
void stream_add(struct stream *stream, const struct record *record);
void stream_of(const struct records *records, struct stream *stream);

/* Of what is for looking at only, Xen is told that it is. */
void records_ignore_unloadable(struct records *records);

/* Without what goes on by itself in a domain that does not run, wall clock included. */
void stream_settle(struct stream *stream);

/*
 * Without what each load changes: incarnations of the TSC, and that each vCPU is to
 * look for events.
 */
void stream_forget_loads(struct stream *stream);

/* --- model.c: what is to become of a load, as the specification has it */

/* 0, or the errno; whatever is in there. An HVM domain was unpaused once. */
int model_load(const struct domain *d, const void *stream, size_t size);
bool model_loads(unsigned int typecode);

/* --- inputs.c: calls offer() with each */

typedef void offer_t(const char *what, size_t where, const void *stream, size_t size);

void inputs_prefixes(const struct records *records, offer_t *offer);
void inputs_flips(const struct records *records, offer_t *offer);
void inputs_orders(const struct records *records, offer_t *offer);
void inputs_fields(const struct records *records, offer_t *offer);
void inputs_contents(const struct records *records, offer_t *offer);
void inputs_random(const struct records *records, offer_t *offer);

/* --- loads.c: is what was loaded there afterwards? Leaves another page, and the host's TSC */

typedef void complain_t(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void loads_arrive(const struct domain *d, complain_t *complain);

/* Which widths of a page can be loaded into an HVM domain? It is unpaused once meanwhile. */
void loads_width(const struct domain *d, complain_t *complain);

/* --- pins.c: does Xen say which grants are in use, and how? */

void pins_are_said(complain_t *complain);

/* --- calls.c: calls verdict() with what came of each call, and what should have */

typedef void verdict_t(const char *what, size_t where, int got, int expected);

void calls_malformed(const struct domain *d, const struct stream *good, verdict_t *verdict);

/* The last: d is gone then. */
void calls_dying(const struct domain *d, const struct stream *good, verdict_t *verdict);

#endif
