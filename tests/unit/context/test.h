/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TEST_H
#define TEST_H

#include "synthetic.h"

/* Print "ok N - NAME" or "not ok N - NAME". */
void ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Test that GOT equals WANT. If not, print both. */
void ok_is(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Reset the log, all counters, and all injected failures of the emulation. */
void fresh(void);

/* A record. stream_add() adds "length" bytes of payload to a stream, but at most PAYLOAD_MAX. */
#define PAYLOAD_MAX 128
struct record {
	uint16_t code, vcpu;
	uint32_t flags;
	uint64_t length;
	uint64_t word;		/* the begin of the payload, followed by zeroes */
};

void stream_begin(struct stream *s);
void stream_add(struct stream *s, const struct record *r);
void stream_end(struct stream *s);

void test_register(void);
/* Return a text of "code:vcpu:length " for each record, with "!" after it if it has flags. */
const char *contents(const struct stream *s);

void test_save(void);
void test_choice(void);
void test_load(void);
void test_load_handlers(void);
void test_domctl(void);

#endif
