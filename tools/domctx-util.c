// SPDX-License-Identifier: GPL-2.0
/*
 * Files, whole or not at all; memory, or the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domctx.h"

static char *unfinished;	/* the file to remove when we fail */

void die(const char *fmt, ...)
{
	va_list args;

	fputs("xen-domctx: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	if (unfinished)
		unlink(unfinished);
	exit(2);
}

void *grow(void *old, size_t nr, size_t size)
{
	void *new = reallocarray(old, nr ? nr : 1, size);

	if (!new)
		die("out of memory");
	return new;
}

/* One byte more than a stream may have, so that one that is too long is seen to be. */
uint8_t *read_file(const char *name, size_t *size)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "r") : stdin;
	uint8_t *bytes = grow(NULL, 1, MAX_STREAM + 1);

	if (!in)
		die("%s: %s", name, strerror(errno));
	*size = fread(bytes, 1, MAX_STREAM + 1, in);
	if (ferror(in))
		die("%s: %s", name, strerror(errno));
	if (in != stdin)
		fclose(in);
	return bytes;
}

/* Others may be able to write there, too: what has that name already is not ours. */
static FILE *create(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

/*
 * A file has another name until it is whole. What is there and is no file, a
 * terminal or a link, is written to, and not replaced.
 */
FILE *open_output(const char *name)
{
	struct stat st;
	FILE *out;

	if (!name)
		return stdout;
	if (lstat(name, &st) || S_ISREG(st.st_mode))
		if (asprintf(&unfinished, "%s.%d.tmp", name, getpid()) < 0)
			die("out of memory");
	out = unfinished ? create(unfinished) : fopen(name, "w");
	if (!out) {
		free(unfinished);
		unfinished = NULL;
		die("%s: %s", name, strerror(errno));
	}
	return out;
}

void close_output(FILE *out, const char *name)
{
	bool bad = ferror(out);

	if (fclose(out) || bad)
		die("%s: cannot write: %s", name ? name : "standard output",
		    strerror(errno));
	if (unfinished && rename(unfinished, name))
		die("%s: %s", name, strerror(errno));
	free(unfinished);
	unfinished = NULL;
}
