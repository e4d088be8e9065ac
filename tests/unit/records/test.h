/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TEST_H
#define TEST_H

#include "emul.h"

/* Prints "ok N - NAME", or "not ok N - NAME", and what it is. */
void ok(long got, long want, const char *name);

/* The payload of a record, of which the largest is that of 128 Ki ports. */
#define SAVED_MAX (3u << 20)
struct saved {
	size_t length;
	uint8_t data[SAVED_MAX];
};

/* What the handler of that type writes of d, or of v. */
int save(struct saved *s, unsigned int type, struct domain *d, struct vcpu *v);
/* As where only the length is asked for. */
int count(struct saved *s, unsigned int type, struct domain *d);
/* With room for so much; if that is not enough, nothing is written. */
int save_into(struct saved *s, unsigned int type, struct domain *d, size_t room);
int load(struct saved *s, unsigned int type, struct domain *d, bool dry_run);
/* In two passes, as the core does. */
int load_all(struct saved *s, unsigned int type, struct domain *d);

/* A number in what was saved. */
uint64_t number(const struct saved *s, size_t at, size_t size);
#define FIELD(s, base, type, member) \
	number(s, (base) + offsetof(struct type, member), sizeof(((struct type *)0)->member))

extern struct saved record;

void test_load(void);
void test_tsc(void);	/* of x86 */
void test_traps(void);	/* of x86 */
void test_state(void);
void test_dump(void);
void test_evtchn(void);

#endif
