/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a program in the guest tells init how it is doing: one shared page, so
 * that reporting costs no system call and cannot block across a suspend.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define REPORT_FD	3	/* where a program finds its page */
#define REPORT_TEXT	128

enum report_state {
	REPORT_OK,
	REPORT_FAILING,		/* someone claimed the failure, text to come */
	REPORT_FAILED,		/* sticky: nothing leads back to REPORT_OK */
};

struct report {
	_Atomic uint64_t count;
	_Atomic uint32_t state;
	_Atomic uint32_t seq;	/* odd while detail is being written */
	char detail[REPORT_TEXT];
	char why[REPORT_TEXT];	/* written once, valid in REPORT_FAILED */
};

struct report_view {
	bool failed;
	uint64_t count;
	char text[REPORT_TEXT];	/* the reason if failed, else the detail */
};

/*
 * For the one that starts programs: a page, and the fd to pass on. NULL with
 * errno. report_mark() is for failures that the program cannot tell itself.
 */
struct report *report_create(int *fd);
void report_read(struct report *r, struct report_view *view);
void report_mark(struct report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* For the programs; any thread or child may add or fail. */
void report_attach(void);
void report_add(uint64_t n);
/* One thread only. */
void report_detail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
_Noreturn void report_fail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
bool report_failed(void);

#endif
