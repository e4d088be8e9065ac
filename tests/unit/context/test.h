/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TEST_H
#define TEST_H

#include "synthetic.h"

/* Prints "ok N - NAME" or "not ok N - NAME". */
void ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same; where they differ it says so. */
void ok_is(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* From here on nothing has been logged, counted or told to go wrong. */
void fresh(void);

/* As much of length as is in the stream: all of it, up to PAYLOAD_MAX. */
#define PAYLOAD_MAX 128
struct record {
	uint16_t code, vcpu;
	uint32_t flags;
	uint64_t length;
	uint64_t word;		/* what the payload begins with; zeroes follow */
};

void stream_begin(struct stream *s);
void stream_add(struct stream *s, const struct record *r);
void stream_end(struct stream *s);

void test_register(void);
/* "code:vcpu:length " of each record. */
const char *contents(const struct stream *s);

void test_save(void);
void test_choice(void);
void test_load(void);
void test_load_handlers(void);
void test_domctl(void);

#endif
