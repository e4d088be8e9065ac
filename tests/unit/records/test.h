/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TEST_H
#define TEST_H

#include "emul.h"

/* Test that GOT equals WANT. Print "ok N - NAME", or "not ok N - NAME" and both numbers. */
void ok(long got, long want, const char *name);

/* The payload of a record. The largest is that of EVTCHN with 128 Ki ports. */
#define SAVED_MAX (3u << 20)
struct saved {
	size_t length;
	uint8_t data[SAVED_MAX];
};

/* Save a record of a type, of the domain d or of its vCPU v. */
int save(struct saved *s, unsigned int type, struct domain *d, struct vcpu *v);
/* Save without room, which determines only the length of the record. */
int count(struct saved *s, unsigned int type, struct domain *d);
/* Save with ROOM bytes. If the record does not fit, the handler writes nothing. */
int save_into(struct saved *s, unsigned int type, struct domain *d, size_t room);
int load(struct saved *s, unsigned int type, struct domain *d, bool dry_run);
/* Load in two passes, as the core does: a dry run, and then the load. */
int load_all(struct saved *s, unsigned int type, struct domain *d);

/* Return the number of SIZE bytes at offset AT of a saved record. */
uint64_t number(const struct saved *s, size_t at, size_t size);
#define FIELD(s, base, type, member) \
	number(s, (base) + offsetof(struct type, member), sizeof(((struct type *)0)->member))

extern struct saved record;

void test_load(void);
void test_tsc(void);	/* only on x86 */
void test_traps(void);	/* only on x86 */
void test_state(void);
void test_dump(void);
void test_evtchn(void);

#endif
