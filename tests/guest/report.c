// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "util.h"

static struct report *mine;

struct report *report_create(int *fd)
{
	struct report *r;
	int low = memfd_create("report", MFD_CLOEXEC);

	if (low < 0 || ftruncate(low, sizeof(*r)))
		return NULL;
	/* Well above REPORT_FD: dup2() onto itself would keep O_CLOEXEC. */
	*fd = fcntl(low, F_DUPFD_CLOEXEC, 10);
	close(low);
	if (*fd < 0)
		return NULL;
	r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	return r == MAP_FAILED ? NULL : r;
}

void report_attach(void)
{
	struct stat st;

	if (fstat(REPORT_FD, &st) || st.st_size != sizeof(*mine))
		die("fd %d is no report page: this program is started by init",
		    REPORT_FD);
	mine = mmap(NULL, sizeof(*mine), PROT_READ | PROT_WRITE, MAP_SHARED,
		    REPORT_FD, 0);
	if (mine == MAP_FAILED)
		die("cannot map the report page: %m");
}

void report_read(struct report *r, struct report_view *view)
{
	uint32_t seq;
	int tries = 1000;

	view->count = r->count;
	view->failed = r->state != REPORT_OK;
	if (view->failed) {
		/* The text may be on its way, or cut short by a signal. */
		for (tries = 200; r->state == REPORT_FAILING && tries; tries--)
			sleep_ms(1);
		memcpy(view->text, r->why, REPORT_TEXT);
		view->text[REPORT_TEXT - 1] = '\0';
		return;
	}
	/*
	 * Bounded: a program killed while it wrote would leave seq odd for
	 * ever, and a torn detail is better than a server that hangs.
	 */
	do {
		seq = r->seq;
		memcpy(view->text, r->detail, REPORT_TEXT);
		atomic_thread_fence(memory_order_seq_cst);
	} while (((seq & 1) || r->seq != seq) && --tries);
	view->text[REPORT_TEXT - 1] = '\0';
}

static void mark(struct report *r, const char *fmt, va_list ap)
{
	uint32_t ok = REPORT_OK;

	/* The first failure is the interesting one; later ones follow. */
	if (!atomic_compare_exchange_strong(&r->state, &ok, REPORT_FAILING))
		return;
	vsnprintf(r->why, REPORT_TEXT, fmt, ap);
	r->state = REPORT_FAILED;
}

void report_mark(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mark(r, fmt, ap);
	va_end(ap);
}

void report_add(uint64_t n)
{
	mine->count += n;
}

void report_detail(const char *fmt, ...)
{
	char text[REPORT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mine->seq++;
	memcpy(mine->detail, text, sizeof(text));
	mine->seq++;
}

void report_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mark(mine, fmt, ap);
	va_end(ap);
	/* Of two threads that fail, the second must not cut the first short. */
	while (mine->state == REPORT_FAILING)
		sleep_ms(1);
	_exit(EXIT_FAIL);
}

bool report_failed(void)
{
	return mine->state != REPORT_OK;
}
