// SPDX-License-Identifier: GPL-2.0
/*
 * guest-test DIRECTORY: test the programs that run in guests. Each program must
 * continue while all is well, and must fail if the test breaks the state that
 * the program checks. The tests need neither Xen nor root.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-test.h"
#include "util.h"

#define POLL_MS 20

char dir[256];
char port[8];
struct program prog;
struct report_view view;

pid_t spawn(const char *const *argv, int report_fd, int out_fd)
{
	/* fork_bound(): if the test is interrupted, the kernel kills the program. */
	pid_t pid = fork_bound();
	char path[300];

	if (pid)
		return pid;
	if (report_fd >= 0)
		dup2(report_fd, REPORT_FD);
	if (out_fd >= 0) {
		dup2(out_fd, STDOUT_FILENO);
		dup2(out_fd, STDERR_FILENO);
	}
	snprintf(path, sizeof(path), "%s/guest-programs", dir);
	execv(path, (char *const *)argv);
	_exit(127);
}

void stop(pid_t pid)
{
	int status;
	pid_t got = waitpid(pid, &status, __WALL | WNOHANG);

	/* If the process was reaped already, another process may have its PID: do not kill. */
	if (got < 0 || (got == pid && !WIFSTOPPED(status)))
		return;
	kill(pid, SIGKILL);
	/* Reap all traced threads. The process is reaped only after them. */
	do {
		got = waitpid(-1, &status, __WALL);
	} while (got > 0 && (got != pid || WIFSTOPPED(status)));
}

/*
 * A pidfd of each child that stop_children() has stopped. If a child was stopped before its
 * prctl(PR_SET_PDEATHSIG), it outlives its parent, and keeps the pipe open to which the test
 * prints. So kill_stopped() must kill it, by the pidfd, because its PID may be reused by then.
 */
static int stopped[1024];
static unsigned int nr_stopped;

void stop_children(pid_t pid)
{
	char path[64];
	FILE *f;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	if (!f)
		die("cannot read %s: %m", path);
	while (fscanf(f, "%d", &child) == 1) {
		int fd = syscall(SYS_pidfd_open, child, 0);

		if (fd < 0)
			continue;
		if (syscall(SYS_pidfd_send_signal, fd, SIGSTOP, NULL, 0) ||
		    nr_stopped == sizeof(stopped) / sizeof(stopped[0]))
			close(fd);
		else
			stopped[nr_stopped++] = fd;
	}
	fclose(f);
}

void kill_stopped(void)
{
	while (nr_stopped) {
		syscall(SYS_pidfd_send_signal, stopped[--nr_stopped], SIGKILL, NULL, 0);
		close(stopped[nr_stopped]);
	}
}

void start(const char *const *argv)
{
	snprintf(prog.name, sizeof(prog.name), "%s", argv[0]);
	prog.report = report_create(&prog.fd);
	if (!prog.report)
		die("no report page: %m");
	prog.pid = spawn(argv, prog.fd, -1);
}

bool moves(uint64_t by, int ms)
{
	uint64_t first;

	report_read(prog.report, &view);
	for (first = view.count; ms > 0; ms -= POLL_MS) {
		report_read(prog.report, &view);
		if (view.failed || view.count >= first + by)
			return !view.failed;
		sleep_ms(POLL_MS);
	}
	return false;
}

bool fails(const char *why, int ms)
{
	for (; ms > 0; ms -= POLL_MS) {
		report_read(prog.report, &view);
		if (view.failed)
			return strstr(view.text, why);
		sleep_ms(POLL_MS);
	}
	return false;
}

bool ends(int status, const char *holds, const char *const *argv)
{
	char text[1024];
	size_t have = 0;
	int fds[2], got;
	ssize_t n;
	pid_t pid;

	if (pipe(fds))
		die("pipe: %m");
	pid = spawn(argv, -1, fds[1]);
	close(fds[1]);
	while ((n = read(fds[0], text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	text[have] = '\0';
	close(fds[0]);
	waitpid(pid, &got, 0);
	snprintf(view.text, sizeof(view.text), "status %#x: %.100s", got, text);
	return got == status << 8 && strstr(text, holds);
}

static void find_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (void *)&sin, len) ||
	    getsockname(fd, (void *)&sin, &len))
		die("no free TCP port: %m");
	close(fd);
	snprintf(port, sizeof(port), "%d", ntohs(sin.sin_port));
}

static bool run_one(const struct test *t)
{
	int64_t begin = now_ns(CLOCK_MONOTONIC);
	bool good;

	prog = (struct program){ 0 };
	view = (struct report_view){ 0 };
	find_port();
	good = t->run();
	if (prog.pid)
		stop(prog.pid);
	if (prog.report)
		close(prog.fd);
	printf("%s %s (%.1f s)%s%s\n", good ? "ok  " : "FAIL", t->name,
	       (now_ns(CLOCK_MONOTONIC) - begin) / 1e9, good ? "" : ": ",
	       good ? "" : view.text);
	return good;
}

int main(int argc, char **argv)
{
	static const struct test *const all[] = { local_tests, net_tests };
	int count[2] = { 0 };

	if (argc != 2)
		die("usage: guest-test DIRECTORY, which contains guest-programs");
	snprintf(dir, sizeof(dir), "%s", argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (const struct test *t = all[i]; t->name; t++)
			count[run_one(t)]++;
	printf("guest-test: %d passed, %d failed\n", count[true], count[false]);
	return count[false] ? EXIT_FAIL : 0;
}
