// SPDX-License-Identifier: GPL-2.0
/*
 * Run commands, such as git and spatch. Their status is always checked, and no
 * command outlives this process.
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

/*
 * 2026-01-01. Entry N gets a date N minutes later, so that the hashes of
 * commits never change.
 */
#define FIRST_DATE 1767225600L

static volatile sig_atomic_t child, stopped;

static void on_signal(int sig)
{
	stopped = sig;
	if (child > 0)
		kill(child, SIGTERM);
}

/*
 * Catch signals. The handler ends the child. run(), which waits for the child,
 * then calls die(), so that unfinished files are removed.
 */
void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/*
 * Return an unlinked file for the output of a command. With two pipes, a
 * command would block when it fills one pipe while this process reads the
 * other.
 */
static FILE *capture(void)
{
	FILE *f = tmpfile();

	if (!f)
		die("cannot make a temporary file: %m");
	return f;
}

static char *captured(FILE *f)
{
	long len = lseek(fileno(f), 0, SEEK_END);
	char *text = calloc(1, len + 1);

	if (!text || pread(fileno(f), text, len, 0) != len)
		die("cannot read the output of a command");
	fclose(f);
	return text;
}

/*
 * Execute a command in the child. PDEATHSIG ends the command if this process is
 * killed. The statuses 126 and 127 mean the same as in a shell.
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

/*
 * Run a command, and return its exit status. Store its output in @out and @err,
 * unless they are NULL.
 */
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
			die("%s: cannot wait for it: %m", argv[0]);
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

/*
 * Make the arguments of git. git always gets its directory by -C, and never
 * uses the current directory.
 */
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

/* Run git, and return its output without the last newline, or exit. */
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

/*
 * Run git, and return its exit status, for callers that expect a failure or
 * need @err.
 */
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
 * Set the author, the committer and the date of commits. The hashes must not
 * depend on the user, or two trees of one overlay would differ.
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
