// SPDX-License-Identifier: GPL-2.0
/*
 * launch [-m MONITOR] SECONDS COMMAND...: run QEMU, relay the output of the
 * nested host, and return the exit status of the script in dom0.
 *
 * COMMAND's standard output is the second serial line of the nested host. It is
 * relayed to our standard output, up to a control line, which begins with the
 * byte MARK:
 *	MARK "exit N"		the script in dom0 ended with status N
 *	MARK "broken TEXT"	dom0 could not run the script at all
 * Twice a second, launch writes a byte to COMMAND's standard input. Each byte causes an
 * interrupt in the nested host. The reason: QEMU's emulation of nested virtualization
 * sometimes loses an interrupt. When a guest is entered or left, one thread updates the
 * word of pending interrupts without a lock, while other threads set bits in it. The next
 * interrupt also delivers the lost one. Without these bytes, there might be no next one.
 *
 * Dom0 writes BEAT when it is ready for these bytes, and after each byte. No guest can
 * prevent this. So if dom0 writes nothing for SILENCE seconds, the emulator hangs. Then
 * launch reads the registers from QEMU's monitor, the socket MONITOR.
 *
 * The exit status is that of the script, EXIT_LATE after SECONDS, or EXIT_BROKEN if
 * there was no control line. The kernel kills COMMAND when this program ends, and sends
 * SIGTERM to this program when its parent ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARK		'\036'
#define BEAT		'\026'
#define KICK_MS		500
#define SILENCE		120
#define EXIT_LATE	124
#define EXIT_BROKEN	125
#define VERDICT_MAX	200

/* verdict: the control line, as far as it was received. in_verdict: MARK was received. */
struct relay {
	char	verdict[VERDICT_MAX];
	size_t	len;
	int	in_verdict;
	int	done;
	/* When dom0 last wrote anything. 0 until the first BEAT. */
	long	heard;
};

static volatile sig_atomic_t got_signal;

static void on_signal(int sig)
{
	got_signal = sig;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static long now(void)
{
	return now_ms() / 1000;
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
			return;	/* no reader any more; the control line still counts */
		buf += n;
		len -= n;
	}
}

/* Remove all BEATs from the output, and record when dom0 last wrote something. */
static size_t listen_for_beats(struct relay *r, char *buf, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++)
		if (buf[i] != BEAT)
			buf[kept++] = buf[i];
	if (kept < len || r->heard)
		r->heard = now();
	return kept;
}

static int is_silent(const struct relay *r)
{
	return r->heard && now() - r->heard > SILENCE;
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

static pid_t start(char **argv, int in, int out)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		broken("cannot fork");
	if (pid)
		return pid;
	/* Use another process group, so that Ctrl-C stops only launch, which kills the command. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_BROKEN);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_BROKEN);
}

/* Relay until the control line, the deadline, a signal, silence, or the end of the command. */
static void follow(struct relay *r, int in, int kicks, long deadline)
{
	struct pollfd pfd = { .fd = in, .events = POLLIN };
	char buf[4096];
	long kick = 0;	/* when the next byte is due, ms */

	while (!r->done && !got_signal && now() < deadline && !is_silent(r)) {
		/* If the host does not read the bytes, the pipe is full, and write() fails. */
		if (r->heard && now_ms() >= kick && write(kicks, "k", 1) > 0)
			kick = now_ms() + KICK_MS;
		/* Wait only shortly: a signal just before poll() does not interrupt it. */
		if (poll(&pfd, 1, 250) <= 0)
			continue;
		ssize_t n = read(in, buf, sizeof(buf));

		if (n == 0)
			return;
		if (n > 0)
			relay(r, buf, listen_for_beats(r, buf, n));
	}
}

/* Print the registers of QEMU's vCPUs to standard error, to show why the emulator hangs. */
static void autopsy(const char *monitor)
{
	static const char ask[] = "info registers -a\ninfo lapic\n";
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", monitor);
	if (fd >= 0 && !connect(fd, (void *)&to, sizeof(to)) &&
	    write(fd, ask, sizeof(ask) - 1) > 0)
		while (poll(&pfd, 1, 2000) > 0 &&
		       (n = read(fd, buf, sizeof(buf))) > 0)
			fwrite(buf, 1, n, stderr);
	close(fd);
}

/* Wait for COMMAND, and kill it after PATIENCE seconds: dom0 may hang while it powers off. */
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

static int conclude(const struct relay *r, long seconds, int late, int silent)
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
	else if (silent)
		fprintf(stderr, "nest: dom0 fell silent, the emulator hangs\n");
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
	const char *monitor = NULL;
	long seconds, deadline;
	pid_t parent = getppid(), pid;
	int out[2], in[2], late, silent;

	if (argc > 2 && !strcmp(argv[1], "-m")) {
		monitor = argv[2];
		argc -= 2;
		argv += 2;
	}
	seconds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	if (seconds <= 0)
		broken("usage: launch [-m MONITOR] SECONDS COMMAND...");
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		return EXIT_BROKEN;
	if (pipe2(out, O_CLOEXEC) || pipe2(in, O_CLOEXEC | O_NONBLOCK) ||
	    fcntl(in[0], F_SETFL, 0))
		broken("cannot make a pipe");

	deadline = now() + seconds;
	pid = start(argv + 2, in[0], out[1]);
	close(out[1]);
	close(in[0]);
	follow(&r, out[0], in[1], deadline);
	/* Decide this before autopsy() and stop(), which take time. */
	late = !r.done && now() >= deadline;
	silent = !r.done && is_silent(&r);
	if (silent && monitor)
		autopsy(monitor);
	stop(pid, r.done ? 5 : 0);
	return conclude(&r, seconds, late, silent);
}
