// SPDX-License-Identifier: GPL-2.0
/*
 * Requests by line, answers by lines: text, then a line of a single dot, or
 * of a dot and an exit status. A text line that starts with a dot gets a
 * second one on the way. README.md lists the requests.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"
#include "util.h"

static const struct program *programs;
static int nr_programs;

static void do_status(FILE *out, const char *arg)
{
	struct report_view v;

	(void)arg;
	for (int i = 0; i < nr_programs; i++) {
		report_read(programs[i].report, &v);
		fprintf(out, "%s %s %lu %s\n", programs[i].name,
			v.failed ? "FAIL" : "ok", v.count, v.text);
	}
	fputs(".\n", out);
}

static void do_clock(FILE *out, const char *arg)
{
	/* Read one by one: arguments are evaluated in no certain order. */
	int64_t real = now_ns(CLOCK_REALTIME);
	int64_t mono = now_ns(CLOCK_MONOTONIC);
	int64_t boot = now_ns(CLOCK_BOOTTIME);

	(void)arg;
	fprintf(out, "%ld %ld %ld\n.\n", real, mono, boot);
}

static int exit_code(int status)
{
	/* As the shell has it for a command that a signal ended. */
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static void do_exec(FILE *out, const char *arg)
{
	char *command, *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *p;

	if (asprintf(&command, "exec </dev/null 2>&1; %s", arg) < 0)
		return;
	p = popen(command, "re");
	if (!p) {
		fprintf(out, "popen: %m\n. %d\n", EXIT_ERROR);
		return;
	}
	while ((n = getline(&line, &size, p)) > 0) {
		if (line[0] == '.')
			fputc('.', out);
		fwrite(line, 1, n, out);
		if (line[n - 1] != '\n')
			fputc('\n', out);
	}
	fprintf(out, ". %d\n", exit_code(pclose(p)));
	free(line);
	free(command);
}

static const struct {
	const char *name;
	bool takes_arg;
	void (*answer)(FILE *out, const char *arg);
} requests[] = {
	{ "status",	false,	do_status },
	{ "clock",	false,	do_clock },
	{ "exec",	true,	do_exec },
};

static void answer(FILE *out, char *line)
{
	size_t len = strcspn(line, " ");
	char *arg = line + len + (line[len] == ' ');

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		if (strlen(requests[i].name) != len ||
		    strncmp(line, requests[i].name, len) ||
		    requests[i].takes_arg != !!*arg)
			continue;
		requests[i].answer(out, arg);
		return;
	}
	fprintf(out, "no such request: '%s'; there are status, clock, exec COMMAND and exit\n. %d\n",
		line, EXIT_ERROR);
}

/*
 * A client that went away while the guest was saved never says so. Keepalive
 * finds out; a receive timeout would too, but the freezer turns that into an
 * early EINTR and so would lose requests that are being sent.
 */
static void keep_alive(int conn)
{
	static const struct { int level, name, value; } options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 10 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 6 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		setsockopt(conn, options[i].level, options[i].name,
			   &options[i].value, sizeof(options[i].value));
}

static void converse(int conn)
{
	FILE *in = fdopen(conn, "r");
	FILE *out = fdopen(dup(conn), "w");
	char *line = NULL;
	size_t size = 0;

	/* popen()'s child is waited for here. */
	signal(SIGCHLD, SIG_DFL);
	keep_alive(conn);
	while (in && out && getline(&line, &size, in) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!strcmp(line, "exit"))
			break;
		answer(out, line);
		if (fflush(out))
			break;
	}
}

static int listen_on(int port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 && !bind(fd, (void *)&sin, sizeof(sin)) && !listen(fd, 16))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static _Noreturn void serve(int fd)
{
	sigset_t none;
	int conn;

	/* init waits for signals blocked; commands are to have none so. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (conn < 0) {
			/* Short of memory or files: not a reason to spin. */
			sleep_ms(100);
			continue;
		}
		if (!fork_bound()) {
			close(fd);
			converse(conn);
			_exit(0);
		}
		close(conn);
	}
}

pid_t serve_start(int port, const struct program *table, int nr)
{
	pid_t pid;
	int fd;

	programs = table;
	nr_programs = nr;
	fd = listen_on(port);
	if (fd < 0)
		return -1;
	pid = fork_bound();
	if (!pid)
		serve(fd);
	close(fd);
	return pid;
}
