// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-test.h"
#include "util.h"

#define PATIENCE_MS	20000	/* long enough for a busy machine */

static pid_t start_peer(int out_fd)
{
	const char *const argv[] = { "tcp-peer", port, NULL };

	return spawn(argv, -1, out_fd);
}

static bool tcp_goes_on(void)
{
	pid_t peer = start_peer(-1);
	bool good;

	START("tcp", "127.0.0.1", port);
	good = moves(50, PATIENCE_MS);
	stop(peer);
	return good;
}

static bool tcp_sees_lost_peer(void)
{
	pid_t peer = start_peer(-1);
	bool good;

	START("tcp", "127.0.0.1", port);
	good = moves(20, PATIENCE_MS);
	stop(peer);
	return good && fails("connection lost", PATIENCE_MS);
}

static int listener(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(atoi(port)),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&sin, sizeof(sin)) || listen(fd, 4))
		die("cannot listen on port %s: %m", port);
	return fd;
}

/* Return ten records to tcp, and then records that spoil() has changed. tcp must fail by WHY. */
static bool bad_echo(size_t (*spoil)(char *record), const char *why)
{
	char record[64];
	int fd = listener(), conn;
	size_t len;

	START("tcp", "127.0.0.1", port);
	conn = accept(fd, NULL, NULL);
	for (int i = 0; recv(conn, record, 64, MSG_WAITALL) == 64; i++) {
		len = i < 10 ? 64 : spoil(record);
		if (send(conn, record, len, MSG_NOSIGNAL) < 0)
			break;
		if (i == 12)
			break;
	}
	close(fd);
	len = fails(why, PATIENCE_MS);
	close(conn);
	return len;
}

static size_t flip(char *record)
{
	record[40] ^= 1;
	return 64;
}

static size_t lose(char *record)
{
	static int n;

	(void)record;
	return n++ ? 64 : 0;
}

static bool tcp_sees_corruption(void)
{
	return bad_echo(flip, "corrupt");
}

static bool tcp_sees_loss(void)
{
	return bad_echo(lose, "out of order or lost");
}

static int connect_peer(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(atoi(port)),
	};
	int fd;

	for (int ms = 0; ms < PATIENCE_MS; ms += 50) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (!connect(fd, (void *)&sin, sizeof(sin)))
			return fd;
		close(fd);
		sleep_ms(50);
	}
	die("tcp-peer does not listen on port %s", port);
}

/* Send garbage to tcp-peer, which must print an error, and close the connection. */
static bool peer_sees_corruption(void)
{
	char record[64] = "no record", text[128] = "";
	int fds[2], fd;
	pid_t peer;
	bool good;

	if (pipe(fds))
		die("pipe: %m");
	peer = start_peer(fds[1]);
	close(fds[1]);
	fd = connect_peer();
	good = send(fd, record, 64, MSG_NOSIGNAL) == 64 &&
	       recv(fd, record, 64, 0) == 0 &&
	       read(fds[0], text, sizeof(text) - 1) > 0 &&
	       strstr(text, "record 0 arrived corrupt");
	close(fd);
	close(fds[0]);
	stop(peer);
	return good;
}

static char host[32];

static pid_t start_server(int nr)
{
	pid_t pid;

	snprintf(host, sizeof(host), "127.0.0.1:%s", port);
	START("mem", "1");
	pid = serve_start(atoi(port), &prog, nr);
	if (pid < 0)
		die("cannot serve on port %s: %m", port);
	return pid;
}

static bool requests(void)
{
	return ENDS(0, "mem ok ", "ask", host, "status") &&
	       ENDS(0, " ", "ask", host, "clock") &&
	       ENDS(3, ".dot\n..\nend\n", "ask", host, "exec",
		    "echo .dot; echo ..; printf end; exit 3") &&
	       ENDS(128 + 9, "", "ask", host, "exec", "kill -9 $$") &&
	       ENDS(125, "no such request: 'stat'", "ask", host, "stat") &&
	       ENDS(124, "did not answer", "ask", "-t", "1", host, "exec",
		    "sleep 3");
}

static bool ask_gets_answers(void)
{
	pid_t server = start_server(1);
	bool good = requests();

	stop(server);
	return good;
}

static bool hung_request_blocks_nobody(void)
{
	pid_t server = start_server(1);
	const char *const argv[] = { "ask", host, "exec", "sleep 3", NULL };
	pid_t hung = spawn(argv, -1, -1);
	bool good;

	sleep_ms(300);
	good = ENDS(0, "mem ok ", "ask", "-t", "5", host, "status");
	stop(hung);
	stop(server);
	return good;
}

static bool ask_waits_for_the_guest(void)
{
	return ENDS(124, "did not answer", "ask", "-t", "1", "127.0.0.1:1",
		    "status") &&
	       ENDS(124, "could not be reached", "ask", "-w", "1",
		    "127.0.0.1:1", "advance") &&
	       ENDS(125, "no IPv4 address", "ask", "nowhere", "status") &&
	       ENDS(125, "SECONDS must be", "ask", "-t", "x", "127.0.0.1",
		    "status");
}

static bool advance_verdicts(void)
{
	if (!ENDS(0, "mem ok ", "ask", "-w", "20", host, "advance"))
		return false;
	kill(prog.pid, SIGSTOP);
	if (!ENDS(1, "count stayed at", "ask", "-w", "1", host, "advance"))
		return false;
	report_mark(prog.report, "for a test");
	return ENDS(1, "mem: for a test", "ask", "-w", "20", host, "advance");
}

static bool advance_judges(void)
{
	pid_t server = start_server(1);
	bool good = advance_verdicts();

	stop(server);
	return good;
}

static bool advance_needs_programs(void)
{
	pid_t server = start_server(0);
	bool good = ENDS(125, "runs no programs", "ask", "-w", "5", host,
			 "advance");

	stop(server);
	return good;
}

const struct test net_tests[] = {
	{ "tcp continues",			tcp_goes_on },
	{ "tcp detects the loss of its peer",	tcp_sees_lost_peer },
	{ "tcp detects corruption",		tcp_sees_corruption },
	{ "tcp detects a lost record",		tcp_sees_loss },
	{ "tcp-peer detects corruption",	peer_sees_corruption },
	{ "ask gets answers",			ask_gets_answers },
	{ "a hung request blocks no other",	hung_request_blocks_nobody },
	{ "ask waits for the guest",		ask_waits_for_the_guest },
	{ "advance detects failed programs",	advance_judges },
	{ "advance needs programs",		advance_needs_programs },
	{ 0 },
};
