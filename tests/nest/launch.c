// SPDX-License-Identifier: GPL-2.0
/*
 * launch SECONDS COMMAND...: run QEMU and relay the nested host's verdict line.
 *
 * COMMAND's standard output is the second serial line of the nested host. What
 * comes on it is passed on as it comes, up to a control line, which begins with
 * the byte MARK:
 *	MARK "exit N"		the script in dom0 ended with status N
 *	MARK "broken TEXT"	dom0 could not run the script at all
 * The exit status is the script's, EXIT_LATE after SECONDS, EXIT_BROKEN when
 * there was no verdict. The command never outlives this program, nor this
 * program its parent, however either of them dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARK		'\036'
#define EXIT_LATE	124
#define EXIT_BROKEN	125
#define VERDICT_MAX	200

/* The control line as far as it came; in_verdict once MARK was seen. */
struct relay {
	char	verdict[VERDICT_MAX];
	size_t	len;
	int	in_verdict;
	int	done;
};

static volatile sig_atomic_t got_signal;

static void on_signal(int sig)
{
	got_signal = sig;
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void broken(const char *what)
{
	fprintf(stderr, "nest: %s\n", what);
	exit(EXIT_BROKEN);
}

static void write_all(const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, buf, len);

		if (n < 0 && errno == EINTR && !got_signal)
			continue;
		if (n < 0)
			return;	/* nobody listens; the verdict still counts */
		buf += n;
		len -= n;
	}
}

static void relay(struct relay *r, const char *buf, size_t len)
{
	size_t plain = 0;

	if (!r->in_verdict) {
		while (plain < len && buf[plain] != MARK)
			plain++;
		write_all(buf, plain);
		r->in_verdict = plain < len;
		plain++;
	}
	for (; plain < len && !r->done; plain++) {
		if (buf[plain] == '\n')
			r->done = 1;
		else if (r->len < VERDICT_MAX - 1)
			r->verdict[r->len++] = buf[plain];
	}
}

static pid_t start(char **argv, int out)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		broken("cannot fork");
	if (pid)
		return pid;
	/* A group of its own: Ctrl-C is for us, who then kill it. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_BROKEN);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_BROKEN);
}

/* Relay until the verdict, the deadline, a signal or the end of the command. */
static void follow(struct relay *r, int in, long deadline)
{
	struct pollfd pfd = { .fd = in, .events = POLLIN };
	char buf[4096];

	while (!r->done && !got_signal && now() < deadline) {
		/* Short waits: a signal may come just before poll(). */
		if (poll(&pfd, 1, 500) <= 0)
			continue;
		ssize_t n = read(in, buf, sizeof(buf));

		if (n == 0)
			return;
		if (n > 0)
			relay(r, buf, n);
	}
}

/* After the verdict dom0 syncs and powers off; a hang there is no matter. */
static void stop(pid_t pid, int patience)
{
	for (int i = 0; i < patience * 10 && !got_signal; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
		usleep(100 * 1000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int conclude(const struct relay *r, long seconds, int late)
{
	int status;
	char end;

	if (got_signal) {
		fprintf(stderr, "nest: stopped by a signal\n");
		return 128 + got_signal;
	}
	if (r->done && sscanf(r->verdict, "exit %d%c", &status, &end) == 1)
		return status;
	if (late)
		fprintf(stderr, "nest: no end after %ld seconds\n", seconds);
	else if (r->in_verdict)
		fprintf(stderr, "nest: %s\n", r->verdict);
	else
		fprintf(stderr, "nest: QEMU ended before the script did\n");
	return late ? EXIT_LATE : EXIT_BROKEN;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct relay r = { .len = 0 };
	long seconds, deadline;
	pid_t parent = getppid(), pid;
	int fds[2];

	seconds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	if (seconds <= 0)
		broken("usage: launch SECONDS COMMAND...");
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		return EXIT_BROKEN;
	if (pipe2(fds, O_CLOEXEC))
		broken("cannot make a pipe");

	deadline = now() + seconds;
	pid = start(argv + 2, fds[1]);
	close(fds[1]);
	follow(&r, fds[0], deadline);
	stop(pid, r.done ? 5 : 0);
	return conclude(&r, seconds, !r.done && now() >= deadline);
}
