// SPDX-License-Identifier: GPL-2.0
/*
 * The server for requests to the guest's init. A request is one line. An answer is
 * lines of text, and then a line of a dot, or of a dot and an exit status. If a line
 * of text begins with a dot, the server puts another dot before it. README.md lists
 * the requests.
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
	/* Read the clocks in this order. Arguments of fprintf() have no defined order. */
	int64_t real = now_ns(CLOCK_REALTIME);
	int64_t mono = now_ns(CLOCK_MONOTONIC);
	int64_t boot = now_ns(CLOCK_BOOTTIME);

	(void)arg;
	fprintf(out, "%ld %ld %ld\n.\n", real, mono, boot);
}

static int exit_code(int status)
{
	/* Like a shell, return 128 plus the signal if a signal ended the command. */
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
	fprintf(out, "no such request: '%s': must be status, clock, exec COMMAND or exit\n. %d\n",
		line, EXIT_ERROR);
}

/*
 * If a client goes away while the guest is saved, its connection stays open. TCP
 * keepalive closes it. A receive timeout would, too, but with such a timeout, freezing
 * ends recv() by EINTR, and a request that is just arriving would be lost.
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

	/* Do not ignore SIGCHLD here, because pclose() waits for the child of popen(). */
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

	/* Unblock the signals that init blocks, because commands inherit this. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (conn < 0) {
			/* Out of memory or descriptors: wait, instead of trying again at once. */
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
