// SPDX-License-Identifier: GPL-2.0
/*
 * Another user who can write in the directory of an output may plant a link there, under a name
 * that is easy to guess. So the temporary file has a random name, and is opened with O_EXCL. All
 * names are relative to a descriptor of the directory. Otherwise another user could replace the
 * directory, and redirect the output.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "output-place.h"

#define TRIES 16	/* to find an unused name: 64 random bits hardly ever collide */

/* The output that is being written. base is NULL unless the output is a regular file. */
static struct {
	int dir;			/* descriptor of the directory of the output */
	char *base;			/* name of the output in this directory */
	char *volatile unfinished;	/* name of the temporary file, or NULL */
} output;

/* Remove the temporary file. Called at exit, and by the signal handler. */
static void remove_unfinished(void)
{
	if (output.unfinished)
		unlinkat(output.dir, output.unfinished, 0);
	output.unfinished = NULL;
}

/*
 * Remove the temporary file when a signal arrives. SA_RESETHAND has restored the default action, so
 * raise() ends the process by the same signal.
 */
static void end(int sig)
{
	remove_unfinished();
	raise(sig);
}

static bool ends_process(int sig)
{
	static const int others[] = {
		SIGCHLD, SIGCONT, SIGURG, SIGWINCH,		/* ignored by default */
		SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP, SIGKILL,	/* stop it, or cannot be caught */
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (sig == others[i])
			return false;
	return true;
}

/*
 * Catch all signals that end the process. A signal that is ignored, for instance because of nohup,
 * stays ignored.
 */
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

/*
 * Create the temporary file with all signals blocked. A signal before its name is in
 * output.unfinished would leave the file behind.
 */
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

static FILE *open_file(const struct place *p, mode_t mode)
{
	FILE *out;
	int fd;

	output.base = strdup(p->base);
	if (!output.base)
		die("out of memory");
	output.dir = openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output.dir < 0)
		place_fail(p);
	catch_signals();
	atexit(remove_unfinished);
	fd = create_temporary();
	out = fd < 0 || fchmod(fd, mode) ? NULL : fdopen(fd, "w");
	if (!out)
		place_fail(p);
	return out;
}

static FILE *open_special(const struct place *p, int fd)
{
	FILE *out = fdopen(fd, "w");

	if (!out)
		place_fail(p);
	return out;
}

/*
 * Return the mode of a new file. umask() must be set to be read. This is safe, because the process
 * has one thread.
 */
static mode_t new_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

FILE *output_open(const char *name, enum output_mode mode)
{
	struct place p;
	FILE *out;
	int fd;

	if (!name || !strcmp(name, "-"))
		return stdout;
	p = place_of(name);
	fd = place_open_special(&p);
	if (fd >= 0)
		out = open_special(&p, fd);
	else if (mode == OUTPUT_PRIVATE)
		out = open_file(&p, 0600);
	else if (p.st.st_mode && p.st.st_uid == geteuid())
		out = open_file(&p, p.st.st_mode & 0777);
	else
		out = open_file(&p, new_mode());
	place_free(&p);
	return out;
}

bool output_is_new(void)
{
	return output.unfinished;
}

/*
 * Rename the temporary file, and sync its directory. After a power failure, the directory has the
 * old file or the new file, and the file is complete.
 */
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
		die(output.unfinished ? "%s: %s" :
		    "%s: the file is complete, but a power failure may remove it: cannot sync the directory: %s",
		    name, strerror(errno));
	close(output.dir);
	free(output.base);
	output.base = NULL;
}
