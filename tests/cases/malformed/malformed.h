/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations that the parts of malformed share: domains that never run, streams, and the
 * results that Xen must return.
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

/* The largest size that Xen accepts in one call. */
#define MOST		(16ull << 20)

/* Bytes of a buffer for the context of each domain of this case, also with mistakes in it. */
#define ROOM		(16 * PAGE)

/* Each program defines its name, for die(). */
extern const char program[];
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...);

/* --- domains.c: domains that never run, and the domctls that get and set a context */

/* Types of domains. A PVH domain is HVM, with local APICs as the only emulated devices. */
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

/* Unpause and pause a domain. Xen assumes then that it has run, although its vCPUs are offline. */
void domain_unpause_once(const struct domain *d);

/* Add a page to the domain, and return its frame. Map the first frame of the grant table. */
xen_pfn_t domain_page(const struct domain *d);
void *domain_grants(const struct domain *d);

/*
 * domain_hold() maps a page of the domain, so that it stays dying after it is destroyed.
 * domain_let_go() unmaps this page, or nothing if it is NULL, and waits until the domain is gone.
 */
void *domain_hold(const struct domain *d);
bool domain_is_dying(const struct domain *d);
void domain_let_go(const struct domain *d, void *held);

/* Reduce Xen's log. A debug build logs a line for each record, which would slow down the case. */
void xen_hush(void);

/* Get or set a whole context. Return: 0, or an errno. */
int context_get(uint32_t domid, void *buffer, uint64_t *size);
int context_set(uint32_t domid, const void *buffer, uint64_t size);
/* Get or set the record of one type and vCPU. Return: 0, or an errno. */
int context_get_one(uint32_t domid, uint32_t typecode, uint32_t vcpu_id, void *buffer,
		    uint64_t *size);
int context_set_one(uint32_t domid, uint32_t typecode, uint32_t vcpu_id, const void *buffer,
		    uint64_t size);

/* Return the address of an unmapped page. The ROOM bytes in front of it are mapped. */
unsigned char *brink(void);

/* --- streams.c: streams, which consist of records */

struct stream {
	size_t size;
	unsigned char bytes[ROOM];
};

/* A record of a stream. The payload may not be aligned, so it is read by memcpy(). */
struct record {
	struct domain_save_descriptor desc;
	const unsigned char *payload;
};

#define RECORDS	64

struct records {
	unsigned int nr;
	struct record of[RECORDS];
};

/* Get a domain's context, and split it into records. Their payloads stay in STREAM. */
void stream_get(const struct domain *d, struct stream *stream);
void records_of(const struct stream *stream, struct records *records);

/* Return the first record of a type. If there is none, exit. */
struct record *records_find(struct records *records, unsigned int typecode);

void stream_copy(struct stream *to, const struct stream *from);
void stream_add(struct stream *stream, const struct record *record);
void stream_of(const struct records *records, struct stream *stream);

/* Set the flag IGNORE in records that Xen cannot load, so that Xen skips them. */
void records_ignore_unloadable(struct records *records);

/* Clear the fields that change by themselves although the domain does not run, such as times. */
void stream_settle(struct stream *stream);

/*
 * Clear the fields that each load changes: the incarnation of the TSC, and the bits that make
 * each vCPU look for events.
 */
void stream_forget_loads(struct stream *stream);

/* --- model.c: the result of a load by the specification */

/* Return: 0, or the errno that Xen must return for a stream. An HVM domain was unpaused before. */
int model_load(const struct domain *d, const void *stream, size_t size);
bool model_loads(unsigned int typecode);

/* --- inputs.c: make streams, and call offer() with each stream */

typedef void offer_t(const char *what, size_t where, const void *stream, size_t size);

void inputs_prefixes(const struct records *records, offer_t *offer);
void inputs_flips(const struct records *records, offer_t *offer);
void inputs_orders(const struct records *records, offer_t *offer);
void inputs_fields(const struct records *records, offer_t *offer);
void inputs_contents(const struct records *records, offer_t *offer);
void inputs_random(const struct records *records, offer_t *offer);

/*
 * --- loads.c: check that loaded values are in the domain afterwards. The domain's shared info
 * has other content then, and its TSC has the frequency of the host.
 */

typedef void complain_t(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void loads_arrive(const struct domain *d, complain_t *complain);

/* Check which widths of shared info Xen loads into an HVM domain, new and after an unpause. */
void loads_width(const struct domain *d, complain_t *complain);

/* --- pins.c: check that Xen reports which grants are mapped, and how often */

void pins_are_said(complain_t *complain);

/* --- calls.c: make bad calls, and pass the result and the required result to verdict() */

typedef void verdict_t(const char *what, size_t where, int got, int expected);

void calls_malformed(const struct domain *d, const struct stream *good, verdict_t *verdict);

/* Test a dying domain, and the same one when it is gone. So this function must be the last. */
void calls_dying(const struct domain *d, const struct stream *good, verdict_t *verdict);

#endif
