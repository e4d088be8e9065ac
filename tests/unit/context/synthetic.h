/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Domains, and types of records about what our struct domain has. They go by the
 * names of real ones, for those are what the table has room for:
 *
 * SHARED_INFO	whole domain, 16 bytes, two words, of which the first is below 100
 * TSC_INFO	whole domain, 0 to BLOB_MAX bytes
 * VCPU_AREAS	per vCPU, 8 bytes
 * VCPU_TIMERS	per vCPU, 8 bytes, save only
 * EVTCHN	whole domain, 8 bytes, unless a test says what it is to do
 * GNTTAB	whole domain, 24 bytes in odd pieces, save only
 */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H

#include "emul.h"

#define WORD_MAX 99

extern struct synthetic {
	bool dumps;		/* the types that are save only save */
	domain_save_handler save;	/* EVTCHN's, if not its own */
	domain_load_handler load;
	size_t scratch;			/* how much memory EVTCHN asks for */
	unsigned int looked_at, applied;
} synthetic;

/* What vCPUs a domain has: none, none yet, one, or 0, 2 and 3 of four. */
struct shape {
	const char *name;
	unsigned int max, present;
};

#define NR_SHAPES 4
extern const struct shape shapes[NR_SHAPES];

/* With vCPUs where the bit of present is set. */
struct domain *domain_make(unsigned int max_vcpus, unsigned int present);
void domain_free(struct domain *d);
/* Something in everything that can be loaded. */
void domain_fill(struct domain *d, unsigned int seed);
/* Of what can be loaded. */
bool domain_same(const struct domain *a, const struct domain *b);
void domain_copy(struct domain *to, const struct domain *from);

/* All of a stream that was written. */
struct stream {
	size_t len;
	uint8_t bytes[4096];
};

extern const struct domain_save_choice all_records;

int stream_write(void *priv, const void *data, size_t len);
int stream_save(struct domain *d, struct stream *s);

/* What domain_load() is to return, by docs/specs/domain-context.md alone. */
int model_load(const struct domain *d, const uint8_t *stream, size_t len);

/*
 * domain_load(), from memory that ends with the stream. Also looks that the domain is
 * paused once and let go, that nothing is left allocated, and that nothing was changed
 * if it failed. NULL, or what was wrong.
 */
const char *load_checked(struct domain *d, const void *stream, size_t len, int *rc);

#endif
