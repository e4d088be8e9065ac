/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Domains, and types of records for the fields of our struct domain. The types have the names
 * of real ones, because the table of the core has entries only for those:
 *
 * SHARED_INFO	whole domain, 16 bytes, two words, of which the first is below 100
 * TSC_INFO	whole domain, 0 to BLOB_MAX bytes
 * VCPU_AREAS	per vCPU, 8 bytes
 * VCPU_TIMERS	per vCPU, 8 bytes, save only
 * EVTCHN	whole domain, 8 bytes, unless a test sets handlers of its own
 * GNTTAB	whole domain, 24 bytes in odd pieces, save only
 */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H

#include "emul.h"

#define WORD_MAX 99

extern struct synthetic {
	bool dumps;		/* save-only types have records */
	domain_save_handler save;	/* if set, replaces the handler of EVTCHN */
	domain_load_handler load;
	size_t scratch;			/* how much memory EVTCHN requests */
	unsigned int looked_at, applied;
} synthetic;

/* The vCPUs of a domain: none; two that are not made yet; one; or vCPUs 0, 2 and 3 of four. */
struct shape {
	const char *name;
	unsigned int max, present;
};

#define NR_SHAPES 4
extern const struct shape shapes[NR_SHAPES];

/* Make a domain. It has the vCPUs whose bits are set in PRESENT. */
struct domain *domain_make(unsigned int max_vcpus, unsigned int present);
void domain_free(struct domain *d);
/* Fill all fields that can be loaded, with values that depend on SEED. */
void domain_fill(struct domain *d, unsigned int seed);
/* Compare, or copy, all fields that can be loaded. */
bool domain_same(const struct domain *a, const struct domain *b);
void domain_copy(struct domain *to, const struct domain *from);

/* A stream, as stream_write() receives it. */
struct stream {
	size_t len;
	uint8_t bytes[4096];
};

extern const struct domain_save_choice all_records;

int stream_write(void *priv, const void *data, size_t len);
int stream_save(struct domain *d, struct stream *s);

/* Return what domain_load() must return by Xen's docs/specs/domain-context.md. */
int model_load(const struct domain *d, const uint8_t *stream, size_t len);

/*
 * Call domain_load() with a stream at the end of mapped memory, and store its result in *RC.
 * Check that the domain is paused once and unpaused, that all memory is freed, and that a
 * failed load changes nothing. Return: NULL, or what is wrong.
 */
const char *load_checked(struct domain *d, const void *stream, size_t len, int *rc);

#endif
