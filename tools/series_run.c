// SPDX-License-Identifier: GPL-2.0
/*
 * Children: git and spatch. Their status is always looked at, and none of
 * them outlives this process.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "series.h"

#define MAX_ARGS 32

/* 2026-01-01; entry N is dated N minutes later, so the hashes never change. */
#define FIRST_DATE 1767225600L

static volatile sig_atomic_t child, stopped;

static void on_signal(int sig)
{
	stopped = sig;
	if (child > 0)
		kill(child, SIGTERM);
}

/*
 * A signal ends the child; the run() that waits for it sees that and gives up
 * through die(), which leaves nothing half-made.
 */
void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/*
 * Output goes to unlinked files, not pipes: a child that prints much on one
 * of two pipes blocks while the other is being read.
 */
static FILE *capture(void)
{
	FILE *f = tmpfile();

	if (!f)
		die("no room for a temporary file: %m");
	return f;
}

static char *captured(FILE *f)
{
	long len = lseek(fileno(f), 0, SEEK_END);
	char *text = calloc(1, len + 1);

	if (!text || pread(fileno(f), text, len, 0) != len)
		die("cannot read back what a command printed");
	fclose(f);
	return text;
}

/*
 * PDEATHSIG: should this process be killed outright, the child goes too.
 * 126 and 127 are what a shell would say.
 */
static void __attribute__((noreturn))
exec_child(const char *dir, char *const argv[], FILE *out, FILE *err)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (!freopen("/dev/null", "r", stdin) ||
	    dup2(fileno(out), 1) < 0 || dup2(fileno(err), 2) < 0)
		_exit(126);
	if (dir && chdir(dir)) {
		dprintf(2, "%s: %s", dir, strerror(errno));
		_exit(126);
	}
	execvp(argv[0], argv);
	dprintf(2, "%s is not installed: run make deps", argv[0]);
	_exit(127);
}

/* The exit status; what was printed goes to @out and @err where not NULL. */
int run(const char *dir, char *const argv[], char **out, char **err)
{
	FILE *o = capture(), *e = capture();
	int status;
	char *text;

	fflush(NULL);
	child = fork();
	if (!child)
		exec_child(dir, argv, o, e);
	if (child < 0)
		die("%s: cannot start it: %m", argv[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("%s: lost it: %m", argv[0]);
	child = 0;
	if (stopped)
		die("interrupted: run the command again");
	text = captured(o);
	if (out)
		*out = text;
	text = captured(e);
	if (err)
		*err = text;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	       128 + WTERMSIG(status);
}

/* Every git runs in a directory that is named, never in ours. */
static void git_argv(char **argv, const char *dir, va_list ap)
{
	int n = 0;

	argv[n++] = (char *)"git";
	argv[n++] = (char *)"-C";
	argv[n++] = (char *)dir;
	while (n < MAX_ARGS && (argv[n] = va_arg(ap, char *)))
		n++;
	if (n == MAX_ARGS)
		die("git: too many arguments");
}

/* What git printed, without the last newline; a git that fails is the end. */
char *git(const char *dir, ...)
{
	char *argv[MAX_ARGS], *out, *err;
	size_t len;
	va_list ap;
	int rc;

	va_start(ap, dir);
	git_argv(argv, dir, ap);
	va_end(ap);
	rc = run(NULL, argv, &out, &err);
	if (rc)
		die("%s: git %s failed with status %d: %.*s", dir, argv[3], rc,
		    (int)strcspn(err, "\n"), err);
	len = strlen(out);
	if (len && out[len - 1] == '\n')
		out[len - 1] = 0;
	return out;
}

/* For a git whose failure is an answer, or that has a story to tell in @err. */
int git_status(const char *dir, char **err, ...)
{
	char *argv[MAX_ARGS];
	va_list ap;

	va_start(ap, err);
	git_argv(argv, dir, ap);
	va_end(ap);
	return run(NULL, argv, NULL, err);
}

/*
 * The committer is set as well: the hashes must not depend on who runs this,
 * or no two trees of one overlay would agree.
 */
void git_identity(const char *name, const char *mail, int number)
{
	char *date = fmt("%ld +0000", FIRST_DATE + 60L * number);

	setenv("GIT_AUTHOR_NAME", name, 1);
	setenv("GIT_AUTHOR_EMAIL", mail, 1);
	setenv("GIT_AUTHOR_DATE", date, 1);
	setenv("GIT_COMMITTER_NAME", name, 1);
	setenv("GIT_COMMITTER_EMAIL", mail, 1);
	setenv("GIT_COMMITTER_DATE", date, 1);
}
