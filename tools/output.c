// SPDX-License-Identifier: GPL-2.0
/*
 * Another user who can write in the directory of an output may plant links there, under the
 * name of the output or under a name that is easy to guess. So the temporary file has a
 * random name and O_EXCL, and a link is followed only if it belongs to this user or to root.
 * All names are relative to a descriptor of the directory. Otherwise another user could replace
 * the directory, and so move the output.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

#define MAX_LINKS 40	/* as in the kernel */
#define TRIES 16	/* of random names: 64 bits do not collide by chance */

void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The output that is being written. It is a file unless base is NULL. */
static struct {
	int dir;			/* the directory, */
	char *base;			/* its name there, */
	char *volatile unfinished;	/* and the temporary file, while there is one */
} output;

/* Called by signal handlers, too. */
static void remove_unfinished(void)
{
	if (output.unfinished)
		unlinkat(output.dir, output.unfinished, 0);
	output.unfinished = NULL;
}

/* SA_RESETHAND: the signal then ends the process, as if it had not been caught. */
static void end(int sig)
{
	remove_unfinished();
	raise(sig);
}

static bool ends_process(int sig)
{
	static const int others[] = {
		SIGCHLD, SIGCONT, SIGURG, SIGWINCH,		/* are ignored */
		SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP, SIGKILL,	/* stop it, or cannot be caught */
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (sig == others[i])
			return false;
	return true;
}

/* A signal that is ignored, as by nohup, stays ignored. */
static void catch_signals(void)
{
	const struct sigaction act = { .sa_handler = end, .sa_flags = SA_RESETHAND };
	struct sigaction was;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (ends_process(sig) && !sigaction(sig, NULL, &was) &&
		    was.sa_handler == SIG_DFL)
			sigaction(sig, &act, NULL);
}

int output_temporary(int dir, const char *base, char **name)
{
	for (int try = 0; try < TRIES; try++) {
		uint64_t random;
		int fd;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -1;
		if (asprintf(name, "%s.%016llx.tmp", base, (unsigned long long)random) < 0)
			return -1;
		fd = openat(dir, *name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd >= 0)
			return fd;
		free(*name);
		*name = NULL;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

/* A signal between the creation and the assignment would leave the file behind. */
static int create_temporary(void)
{
	sigset_t all, were;
	char *name = NULL;
	int fd;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &were);
	fd = output_temporary(output.dir, output.base, &name);
	output.unfinished = name;
	sigprocmask(SIG_SETMASK, &were, NULL);
	return fd;
}

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new)
		die("out of memory");
	return new;
}

/* Returns the path that the link at path leads to. */
static char *read_link(const char *name, char *path)
{
	char target[4096], *parent, *new;
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	if (len < 0)
		die("%s: %s", name, strerror(errno));
	target[len] = '\0';
	if (*target == '/')
		return copy(target);
	parent = copy(path);
	if (asprintf(&new, "%s/%s", dirname(parent), target) < 0)
		die("out of memory");
	free(parent);
	return new;
}

/* Returns the path that name leads to, with *st of the file there; st_mode is 0 if none is. */
static char *resolve(const char *name, struct stat *st)
{
	char *path = copy(name), *next;

	for (int links = 0; links < MAX_LINKS; links++) {
		if (lstat(path, st)) {
			if (errno != ENOENT)
				die("%s: %s", name, strerror(errno));
			st->st_mode = 0;
			return path;
		}
		if (!S_ISLNK(st->st_mode))
			return path;
		if (st->st_uid && st->st_uid != geteuid())
			die("%s: %s is a link that user %u made: name the file that is to be written",
			    name, path, st->st_uid);
		next = read_link(name, path);
		free(path);
		path = next;
	}
	die("%s: %s", name, strerror(ELOOP));
}

/* Does name lead to this file? It does not if a link of /proc leads to a file without a name. */
static bool is_at(const char *name, const struct stat *st)
{
	struct stat found;

	if (stat(name, &found))
		return !st->st_mode;
	return st->st_mode && found.st_dev == st->st_dev && found.st_ino == st->st_ino;
}

static FILE *open_other(const char *name)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (!out)
		die("%s: %s", name, strerror(errno));
	return out;
}

static FILE *open_file(const char *name, const char *path, mode_t mode)
{
	char *for_dir = copy(path), *for_base = copy(path);
	FILE *out;
	int fd;

	output.base = copy(basename(for_base));
	output.dir = open(dirname(for_dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(for_dir);
	free(for_base);
	if (output.dir < 0)
		die("%s: %s", name, strerror(errno));
	catch_signals();
	atexit(remove_unfinished);
	fd = create_temporary();
	out = fd < 0 || fchmod(fd, mode) ? NULL : fdopen(fd, "w");
	if (!out)
		die("%s: %s", name, strerror(errno));
	return out;
}

/* umask() can only be read by setting it. This is safe, because there is one thread. */
static mode_t new_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

FILE *output_open(const char *name, enum output_mode mode)
{
	bool is_file;
	struct stat st;
	FILE *out;
	char *path;

	if (!name || !strcmp(name, "-"))
		return stdout;
	path = resolve(name, &st);
	if (!*path)
		die("the name of the output is empty");
	if (S_ISDIR(st.st_mode) || path[strlen(path) - 1] == '/')
		die("%s: %s", name, strerror(EISDIR));
	is_file = (!st.st_mode || S_ISREG(st.st_mode)) && is_at(name, &st);
	if (!is_file)
		out = open_other(name);
	else if (mode == OUTPUT_PRIVATE)
		out = open_file(name, path, 0600);
	else if (st.st_mode && st.st_uid == geteuid())
		out = open_file(name, path, st.st_mode & 0777);
	else
		out = open_file(name, path, new_mode());
	free(path);
	return out;
}

/* After a power failure the file is the old one or the new one, and complete. */
static bool put_in_place(void)
{
	char *done;

	if (renameat(output.dir, output.unfinished, output.dir, output.base))
		return false;
	done = output.unfinished;
	output.unfinished = NULL;
	free(done);
	/* Some file systems cannot sync a directory, and do not need it. */
	return !fsync(output.dir) || errno == EINVAL;
}

void output_close(FILE *out, const char *name)
{
	bool is_file = output.unfinished;
	bool bad = ferror(out) || fflush(out) || (is_file && fsync(fileno(out)));

	if (fclose(out) || bad)
		die("%s: cannot write: %s", name, strerror(errno));
	if (!is_file)
		return;
	if (!put_in_place())
		die("%s: %s", name, strerror(errno));
	close(output.dir);
	free(output.base);
	output.base = NULL;
}
