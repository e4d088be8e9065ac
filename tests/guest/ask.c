// SPDX-License-Identifier: GPL-2.0
/*
 * ask: in dom0, send a request to the init of a guest, and print the answer. The
 * guest may be down, frozen or half restored at any time. So ask connects again
 * until it gets an answer, or the time is over.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask.h"
#include "programs.h"
#include "util.h"

/*
 * Time limits of one attempt. If a guest is saved meanwhile, TCP sends lost
 * packets again at ever longer intervals, so a new connection succeeds sooner.
 */
#define CONNECT_NS	(3 * NSEC_PER_SEC)
#define REPLY_NS	(15 * NSEC_PER_SEC)
#define RETRY_MS	200

enum result { ANSWERED, NOT_SENT, NO_ANSWER };

/* Wait until fd is ready. Return: 0, or -1 if it is not ready at the time UNTIL. */
static int await(int fd, short events, int64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = until - now_ns(CLOCK_MONOTONIC);
		if (left <= 0)
			return -1;
		n = poll(&pfd, 1, left / NSEC_PER_MSEC + 1);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n == 1 ? 0 : -1;
}

static int64_t sooner(int64_t deadline, int64_t span)
{
	int64_t t = now_ns(CLOCK_MONOTONIC) + span;

	return t < deadline ? t : deadline;
}

static int open_connection(const struct guest *g)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(int);
	int err = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, (const void *)&g->sin, sizeof(g->sin)) &&
	    (errno != EINPROGRESS ||
	     await(fd, POLLOUT, sooner(g->deadline, CONNECT_NS)) ||
	     getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) || err)) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, 0);
	return fd;
}

/* Add one line of an answer to the text. Return true if it was the dot line, the last one. */
static bool take_line(struct answer *a, FILE *text, char *line)
{
	if (line[0] != '.') {
		fprintf(text, "%s\n", line);
		return false;
	}
	if (line[1] == '.') {
		fprintf(text, "%s\n", line + 1);
		return false;
	}
	a->code = line[1] == ' ' ? atoi(line + 2) : 0;
	return true;
}

/* Receive an answer. Return false if it has no dot line, because it was cut short then. */
static bool receive(int fd, struct answer *a, int64_t until)
{
	FILE *text = open_memstream(&a->text, &a->len);
	char *buf = NULL, *end;
	size_t have = 0;
	bool whole = false;
	ssize_t n;

	while (text && !whole && !await(fd, POLLIN, until)) {
		buf = realloc(buf, have + 4096);
		n = buf ? recv(fd, buf + have, 4096, 0) : -1;
		if (n <= 0)
			break;
		have += n;
		while (!whole && (end = memchr(buf, '\n', have))) {
			*end++ = '\0';
			whole = take_line(a, text, buf);
			have -= end - buf;
			memmove(buf, end, have);
		}
	}
	free(buf);
	if (text)
		fclose(text);
	return whole;
}

static enum result attempt(const struct guest *g, const char *request,
			   int64_t span, struct answer *a)
{
	enum result result = NO_ANSWER;
	int fd = open_connection(g);

	if (fd < 0)
		return NOT_SENT;
	*a = (struct answer){ 0 };
	if (dprintf(fd, "%s\n", request) > 0 &&
	    receive(fd, a, sooner(g->deadline, span)))
		result = ANSWERED;
	close(fd);
	if (result == ANSWERED)
		return result;
	free(a->text);
	a->text = NULL;
	return result;
}

int ask(const struct guest *g, const char *request, struct answer *a)
{
	/* An exec request must not run twice. Only the deadline limits its time. */
	bool once = !strncmp(request, "exec ", 5);
	int64_t span = once ? INT64_MAX / 4 : REPLY_NS;
	enum result r;

	for (;;) {
		r = attempt(g, request, span, a);
		if (r == ANSWERED)
			return 0;
		if (now_ns(CLOCK_MONOTONIC) >= g->deadline)
			return EXIT_TIMEOUT;
		if (r == NO_ANSWER && once)
			return EXIT_ERROR;
		sleep_ms(RETRY_MS);
	}
}

static int ask_once(const struct guest *g, const char *request)
{
	struct answer a;
	int err = ask(g, request, &a);

	if (err == EXIT_TIMEOUT)
		fprintf(stderr, "ask: %s did not answer '%s' in time\n",
			g->name, request);
	else if (err)
		fprintf(stderr, "ask: %s broke the connection during '%s'\n",
			g->name, request);
	if (err)
		return err;
	fwrite(a.text, 1, a.len, stdout);
	free(a.text);
	return a.code;
}

static struct sockaddr_in parse_host(const char *text)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(SERVE_PORT),
	};
	char host[64];
	char *colon;

	snprintf(host, sizeof(host), "%s", text);
	colon = strchr(host, ':');
	if (colon) {
		*colon = '\0';
		sin.sin_port = htons(parse_number(colon + 1, "the port", 1,
						  65535));
	}
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		die("'%s' is no IPv4 address, with or without :PORT", text);
	return sin;
}

static _Noreturn void usage(void)
{
	die("usage: ask [-t SECONDS] HOST[:PORT] REQUEST... | ask -w SECONDS HOST[:PORT] advance");
}

int ask_main(int argc, char **argv)
{
	char request[4096] = "";
	unsigned long seconds = 60;
	struct guest g;
	bool wait = false;
	int opt;

	signal(SIGPIPE, SIG_IGN);
	/* '+': getopt() stops at HOST, because options after HOST belong to the request. */
	while ((opt = getopt(argc, argv, "+t:w:")) != -1) {
		if (opt == '?')
			usage();
		seconds = parse_number(optarg, "SECONDS", 1, 86400);
		wait = opt == 'w';
	}
	if (argc - optind < 2)
		usage();
	g.name = argv[optind];
	g.sin = parse_host(g.name);
	g.deadline = now_ns(CLOCK_MONOTONIC) + seconds * NSEC_PER_SEC;
	if (wait && argc - optind == 2 && !strcmp(argv[optind + 1], "advance"))
		return advance(&g);
	if (wait)
		usage();
	for (int i = optind + 1; i < argc; i++) {
		if (strlen(request) + strlen(argv[i]) + 2 > sizeof(request) ||
		    strchr(argv[i], '\n'))
			die("a request is one line of at most %zu characters",
			    sizeof(request) - 1);
		if (*request)
			strcat(request, " ");
		strcat(request, argv[i]);
	}
	return ask_once(&g, request);
}
