/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each program in the guest reports its state to init by a shared page. So a report
 * needs no system call, and a suspend cannot block it.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define REPORT_FD	3	/* descriptor of a program's report page */
#define REPORT_TEXT	128

enum report_state {
	REPORT_OK,
	REPORT_FAILING,		/* a thread writes the text of the failure */
	REPORT_FAILED,		/* final: the state never becomes REPORT_OK again */
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
 * For init, which starts programs. report_create() returns a page, or NULL with errno,
 * and stores the descriptor that the program must get. report_mark() reports a failure
 * that the program cannot report itself, such as a signal that ended it.
 */
struct report *report_create(int *fd);
void report_read(struct report *r, struct report_view *view);
void report_mark(struct report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* For the programs. Any thread or child may call report_add() and report_fail(). */
void report_attach(void);
void report_add(uint64_t n);
/* Only one thread of a program may call this function. */
void report_detail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
_Noreturn void report_fail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
bool report_failed(void);

#endif
