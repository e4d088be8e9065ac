// SPDX-License-Identifier: GPL-2.0
/*
 * Files, whole or not at all; memory, or the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domctx.h"

static char *volatile unfinished;	/* the file to remove when we fail, */
static const char *whole;		/* and its name when it is whole */

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

/* Once: the same signal then ends us as ever. */
static void end(int sig)
{
	if (unfinished)
		unlink(unfinished);
	raise(sig);
}

/* Nor does who is told to end leave anything. What is ignored, as by nohup, stays so. */
static void heed_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGXFSZ };
	const struct sigaction act = { .sa_handler = end, .sa_flags = SA_RESETHAND };
	struct sigaction was;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
}

/*
 * Others may be able to write there, too: what has that name already is not ours, and not
 * ours to remove.
 */
static FILE *create(char *name)
{
	sigset_t all, were;
	int fd;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &were);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd >= 0)
		unfinished = name;
	sigprocmask(SIG_SETMASK, &were, NULL);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

/*
 * The file that a link leads to. Whether a link may be followed, where others can make them,
 * is the kernel's to say, which has followed it to st; so it has to lead there still.
 */
static char *follow(const char *link, const struct stat *st)
{
	char *path = realpath(link, NULL);
	struct stat found;

	if (path && !lstat(path, &found) && found.st_dev == st->st_dev &&
	    found.st_ino == st->st_ino)
		return path;
	free(path);
	return NULL;
}

/* What is no file, a terminal, say, is written to. A link that led nowhere leads to one now. */
static FILE *open_other(const char *name, bool is_new)
{
	FILE *out = fopen(name, "w");
	struct stat st;

	if (out && is_new && !fstat(fileno(out), &st))
		unfinished = follow(name, &st);
	return out;
}

/* A file has another name until it is whole, beside the one that it is to have. */
FILE *open_output(const char *name)
{
	bool is_new = false;
	struct stat st;
	char *path;
	FILE *out;

	if (!name || !strcmp(name, "-"))
		return stdout;
	heed_signals();
	if (lstat(name, &st) || S_ISREG(st.st_mode))
		whole = name;
	else if (stat(name, &st))
		is_new = errno == ENOENT;
	else if (S_ISREG(st.st_mode))
		whole = follow(name, &st);
	if (whole && asprintf(&path, "%s.%d.tmp", whole, getpid()) < 0)
		die("out of memory");
	out = whole ? create(path) : open_other(name, is_new);
	if (!out)
		die("%s: %s", name, strerror(errno));
	/* Whom it was kept from, it still is. */
	if (whole && !stat(whole, &st) && fchmod(fileno(out), st.st_mode & 0777))
		die("%s: %s", name, strerror(errno));
	return out;
}

/* If it fails, that is said of name. */
void close_output(FILE *out, const char *name)
{
	bool bad = ferror(out);

	if (fclose(out) || bad)
		die("%s: cannot write: %s", name, strerror(errno));
	if (whole && rename(unfinished, whole))
		die("%s: %s", name, strerror(errno));
	free(unfinished);
	unfinished = NULL;
	whole = NULL;
}
