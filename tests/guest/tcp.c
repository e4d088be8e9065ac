// SPDX-License-Identifier: GPL-2.0
/*
 * tcp ADDRESS PORT: in the guest, send numbered records to tcp-peer in dom0, which sends
 * them back, over a single connection. A suspend may delay records, but must not break the
 * connection, or lose or change a record. tcp-peer checks the records, too, so that the
 * log shows in which direction a record was lost.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define MAGIC		0x6463657274736574ULL
#define WINDOW		32	/* records in progress at most; socket buffers have room for them */
#define PACE_MS		12
#define CONNECT_NS	(120 * NSEC_PER_SEC)

struct record {
	uint64_t magic;
	uint64_t number;
	uint64_t sent;		/* ns, sender's CLOCK_MONOTONIC */
	uint64_t body[4];
	uint64_t sum;
};
_Static_assert(sizeof(struct record) == 64, "a record has 64 bytes");

static uint64_t checksum(const struct record *r)
{
	uint64_t sum = mix64(r->number) ^ mix64(r->sent) ^ r->magic;

	for (size_t i = 0; i < ARRAY_SIZE(r->body); i++)
		sum = mix64(sum ^ r->body[i]);
	return sum;
}

/* Return what is wrong with a record, or NULL if it is the record of this number. */
static const char *fault(const struct record *r, uint64_t number)
{
	if (r->magic != MAGIC || r->sum != checksum(r))
		return "corrupt";
	return r->number == number ? NULL : "out of order or lost";
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_port = htons(parse_number(port, "PORT", 1, 65535));
	if (host && inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		die("'%s' is no IPv4 address", host);
	return sin;
}

/*
 * Connect to the peer. Retry for CONNECT_NS, because the peer may start later than the guest.
 * Do not retry if there is no network (ENETUNREACH), because eth0 does not appear later.
 */
static int connect_peer(const struct sockaddr_in *sin)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + CONNECT_NS;
	int one = 1;
	int fd;

	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			report_fail("socket: %m");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (!connect(fd, (const void *)sin, sizeof(*sin)))
			return fd;
		if (errno == ENETUNREACH || now_ns(CLOCK_MONOTONIC) > end)
			report_fail("connect: %m");
		close(fd);
		sleep_ms(500);
	}
}

static void send_record(int fd, uint64_t number)
{
	struct record r = {
		.magic = MAGIC,
		.number = number,
		.sent = now_ns(CLOCK_MONOTONIC),
	};

	for (size_t i = 0; i < ARRAY_SIZE(r.body); i++)
		r.body[i] = rnd();
	r.sum = checksum(&r);
	if (write_all(fd, &r, sizeof(r)))
		report_fail("connection lost sending record %lu: %m", number);
}

static struct {
	uint64_t sent;
	uint64_t echoed;
	int64_t slowest;	/* ns from send to echo */
} tally;

static void take_echo(const struct record *r)
{
	const char *bad = fault(r, tally.echoed);
	int64_t delay = now_ns(CLOCK_MONOTONIC) - r->sent;

	if (bad)
		report_fail("record %lu came back %s (number %lu)",
			    tally.echoed, bad, r->number);
	if (tally.echoed >= tally.sent)
		report_fail("record %lu came back, but was not sent", r->number);
	if (delay > tally.slowest)
		tally.slowest = delay;
	tally.echoed++;
	report_add(1);
}

static void receive(int fd)
{
	static char buf[WINDOW * sizeof(struct record)];
	static size_t have;
	size_t used = 0;
	struct record r;
	ssize_t n;

	n = recv(fd, buf + have, sizeof(buf) - have, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		report_fail("connection lost after record %lu: %s",
			    tally.echoed, n ? strerror(errno) : "end of file");
	for (have += n; have - used >= sizeof(r); used += sizeof(r)) {
		memcpy(&r, buf + used, sizeof(r));
		take_echo(&r);
	}
	have -= used;
	memmove(buf, buf + used, have);
}

int tcp_main(int argc, char **argv)
{
	struct sockaddr_in sin;
	struct pollfd pfd = { .events = POLLIN };
	int64_t now, due = 0;

	report_attach();
	if (argc != 3)
		die("usage: tcp ADDRESS PORT");
	sin = address(argv[1], argv[2]);
	signal(SIGPIPE, SIG_IGN);
	report_detail("connecting to %s port %s", argv[1], argv[2]);
	pfd.fd = connect_peer(&sin);
	for (;;) {
		now = now_ns(CLOCK_MONOTONIC);
		if (now >= due && tally.sent - tally.echoed < WINDOW) {
			send_record(pfd.fd, tally.sent++);
			due = now + PACE_MS * NSEC_PER_MSEC;
			report_detail("sent %lu slowest %ld ms", tally.sent,
				      tally.slowest / NSEC_PER_MSEC);
		}
		if (poll(&pfd, 1, PACE_MS) > 0)
			receive(pfd.fd);
	}
}

/* Check and return records. The end of a connection is no error, because guests come and go. */
static int echo(int fd, const char *name)
{
	struct record r;
	const char *bad;

	for (uint64_t number = 0; ; number++) {
		if (recv(fd, &r, sizeof(r), MSG_WAITALL) != sizeof(r))
			return 0;
		bad = fault(&r, number);
		if (bad) {
			fprintf(stderr, "tcp-peer: FAIL %s: record %lu arrived %s (number %lu)\n",
				name, number, bad, r.number);
			return EXIT_FAIL;
		}
		if (write_all(fd, &r, sizeof(r)))
			return 0;
	}
}

int tcp_peer_main(int argc, char **argv)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int one = 1;
	int fd, conn;

	if (argc > 2)
		die("usage: tcp-peer [PORT]");
	sin = address(NULL, argc == 2 ? argv[1] : PEER_PORT);
	signal(SIGCHLD, SIG_IGN);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&sin, len) || listen(fd, 16))
		die("cannot listen on port %d: %m", ntohs(sin.sin_port));
	for (;;) {
		conn = accept(fd, (void *)&sin, &len);
		if (conn < 0)
			continue;
		setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		/* fork_bound(): the children end with the peer, so only the peer must be killed. */
		if (!fork_bound())
			_exit(echo(conn, inet_ntoa(sin.sin_addr)));
		close(conn);
	}
}
