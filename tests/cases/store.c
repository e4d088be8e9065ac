// SPDX-License-Identifier: GPL-2.0
/*
 * store COMMAND [ARGUMENT]: in the guest, use xenstore by /dev/xen/xenbus:
 *
 * leave N		start N transactions, and exit without ending them
 * across FILE		start a transaction, write "started" to FILE, and go to the
 *			background; on SIGUSR1, read in the transaction, commit it,
 *			and write both results to FILE; if the read fails, commit
 *			another transaction with the same number in between
 * count		print how many transactions can be open at a time
 * over FILE		in the background, start a transaction, read in it, and commit
 *			it, again and again; write errors, except EAGAIN, to FILE
 * rewatch		in the background, set and remove a watch, again and again
 * pipeline FILE	in the background, send a read and then a watch, without
 *			waiting for the first answer, many times; then write "done"
 *			to FILE
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READ = 2, WATCH = 4, UNWATCH = 5, TRANSACTION_START = 6,
	TRANSACTION_END = 7, WATCH_EVENT = 15, ERROR = 16
};

struct message {
	uint32_t type, request, transaction, length;
	char body[64];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void get(int fd, void *to, size_t length)
{
	char *p = to;

	while (length) {
		ssize_t n = read(fd, p, length);

		if (n <= 0)
			die("/dev/xen/xenbus");
		p += n;
		length -= n;
	}
}

static void send(int fd, const struct message *m)
{
	size_t length = offsetof(struct message, body) + m->length;

	if (write(fd, m, length) != (ssize_t)length)
		die("/dev/xen/xenbus");
}

static void receive(int fd, struct message *m)
{
	get(fd, m, offsetof(struct message, body));
	if (m->length >= sizeof(m->body))
		die("answer");
	get(fd, m->body, m->length);
	m->body[m->length] = '\0';
}

/* Send a request, and store its answer in its place. No other request is in progress. */
static void ask(int fd, struct message *m)
{
	send(fd, m);
	receive(fd, m);
}

static uint32_t start(int fd)
{
	struct message m = { .type = TRANSACTION_START, .length = 1 };

	ask(fd, &m);
	if (m.type == ERROR) {
		fprintf(stderr, "start: %s\n", m.body);
		exit(1);
	}
	return strtoul(m.body, NULL, 10);
}

/*
 * Send a request in transaction @id. Return: @done, or the error, which is valid until the
 * next call.
 */
static const char *ask_in(int fd, uint32_t id, uint32_t type, const char *body,
			  const char *done)
{
	static struct message m;

	m = (struct message) {
		.type = type, .transaction = id, .length = strlen(body) + 1,
	};
	strcpy(m.body, body);
	ask(fd, &m);
	return m.type == ERROR ? m.body : done;
}

static void say(const char *path, const char *what)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%s\n", what) < 0 || fclose(f))
		die(path);
}

/*
 * Commit a transaction of the new domain that has the number @old of one that was open before
 * the restore. In a new domain, xenstored numbers transactions from the start again, so a
 * new transaction gets that number. Return: "committed", or the error.
 */
static const char *twin(int fd, uint32_t old)
{
	const char *said;
	uint32_t id;

	while ((id = start(fd)) < old)
		ask_in(fd, id, TRANSACTION_END, "F", "");
	if (id != old)
		return "no twin";
	said = ask_in(fd, id, READ, "domid", "");
	return *said ? said : ask_in(fd, id, TRANSACTION_END, "T", "committed");
}

static void across(int fd, const char *path)
{
	sigset_t set;
	int signal, n;
	char said[80];
	uint32_t id;

	/* Get a high number, which a transaction of a new domain does not soon get. */
	for (n = 0; n < 10; n++)
		ask_in(fd, start(fd), TRANSACTION_END, "F", "");
	id = start(fd);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (daemon(1, 0))
		die("daemon");
	say(path, "started");
	sigwait(&set, &signal);
	n = snprintf(said, sizeof(said), "%s, ", ask_in(fd, id, READ, "domid", "read"));
	if (strcmp(said, "read, "))
		n += snprintf(said + n, sizeof(said) - n, "%s, ", twin(fd, id));
	snprintf(said + n, sizeof(said) - n, "%s",
		 ask_in(fd, id, TRANSACTION_END, "T", "committed"));
	say(path, said);
}

static void count(int fd)
{
	struct message m;
	int n = -1;

	do {
		m = (struct message) { .type = TRANSACTION_START, .length = 1 };
		ask(fd, &m);
		n++;
	} while (m.type != ERROR);
	printf("%d\n", n);
}

/*
 * Start, use and commit transactions. After a restore, a read fails with EAGAIN, which is no
 * error. The transaction must be ended nevertheless, or it would stay open.
 */
static void over(int fd, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f || daemon(1, 0))
		die(path);
	for (;;) {
		uint32_t id = start(fd);
		const char *said = ask_in(fd, id, READ, "domid", "");

		if (*said && strcmp(said, "EAGAIN"))
			fprintf(f, "read: %s\n", said);
		said = ask_in(fd, id, TRANSACTION_END, "T", "");
		if (*said && strcmp(said, "EAGAIN"))
			fprintf(f, "commit: %s\n", said);
		fflush(f);
	}
}

/* Receive an answer, which must be of TYPE. Skip watch events, which may come before it. */
static void answer(int fd, uint32_t type)
{
	struct message m;

	do {
		receive(fd, &m);
	} while (m.type == WATCH_EVENT);
	if (m.type != type) {
		fprintf(stderr, "answer %u, not %u\n", m.type, type);
		exit(1);
	}
}

static struct message watch_message(void)
{
	static const char watch[] = "control\0token";
	struct message w = { .length = sizeof(watch) };

	memcpy(w.body, watch, sizeof(watch));
	return w;
}

static void rewatch(int fd)
{
	struct message w = watch_message();

	if (daemon(1, 0))
		die("daemon");
	for (;;) {
		w.type = WATCH;
		send(fd, &w);
		answer(fd, WATCH);
		w.type = UNWATCH;
		send(fd, &w);
		answer(fd, UNWATCH);
	}
}

static void pipeline(int fd, const char *path)
{
	struct message ask_for = { .type = READ, .body = "name", .length = 5 };
	struct message w = watch_message();
	int n;

	if (daemon(1, 0))
		die("daemon");
	for (n = 0; n < 100; n++) {
		w.type = WATCH;
		send(fd, &ask_for);
		send(fd, &w);
		answer(fd, READ);
		answer(fd, WATCH);
		w.type = UNWATCH;
		send(fd, &ask_for);
		send(fd, &w);
		answer(fd, READ);
		answer(fd, UNWATCH);
	}
	/* A read of 0 bytes must return 0, although an answer is available. */
	send(fd, &ask_for);
	poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
	if (read(fd, &w, 0))
		die("read nothing");
	answer(fd, READ);
	say(path, "done");
}

int main(int argc, char **argv)
{
	int fd = open("/dev/xen/xenbus", O_RDWR), n;

	if (fd < 0)
		die("/dev/xen/xenbus");
	if (argc == 3 && !strcmp(argv[1], "leave")) {
		for (n = atoi(argv[2]); n > 0; n--)
			start(fd);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "across")) {
		across(fd, argv[2]);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "count")) {
		count(fd);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "over"))
		over(fd, argv[2]);
	if (argc == 2 && !strcmp(argv[1], "rewatch"))
		rewatch(fd);
	if (argc == 3 && !strcmp(argv[1], "pipeline")) {
		pipeline(fd, argv[2]);
		return 0;
	}
	fprintf(stderr, "usage: store leave N | across FILE | count | over FILE | rewatch | pipeline FILE\n");
	return 2;
}
