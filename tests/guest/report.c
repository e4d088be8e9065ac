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
	/* Do not use REPORT_FD: dup2() to itself would keep FD_CLOEXEC, and exec would close it. */
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
		/* Wait up to 200 ms for the text. A signal may have ended the program meanwhile. */
		for (tries = 200; r->state == REPORT_FAILING && tries; tries--)
			sleep_ms(1);
		memcpy(view->text, r->why, REPORT_TEXT);
		view->text[REPORT_TEXT - 1] = '\0';
		return;
	}
	/*
	 * Limit the number of tries: if a program was killed while it wrote, seq stays
	 * odd for ever. An inconsistent detail is better than a server that hangs.
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

	/* Keep only the first failure. Later failures often result from the first. */
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
	/* Another thread may still write the text of its failure, which exit would cut short. */
	while (mine->state == REPORT_FAILING)
		sleep_ms(1);
	_exit(EXIT_FAIL);
}

bool report_failed(void)
{
	return mine->state != REPORT_OK;
}
