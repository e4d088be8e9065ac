// SPDX-License-Identifier: GPL-2.0
/*
 * nbd serve PORT FILE FROM: in dom0, serve FILE to the guest's network block device, one
 * connection after the other. After SIGUSR1, the server stops itself by SIGSTOP at the next
 * read request at byte FROM or later, before it answers.
 * nbd attach HOST PORT BYTES: in the guest, attach that server as /dev/nbd0. There is no
 * handshake. The program uses netlink, because the interface of ioctls needs a task that
 * stays in an ioctl, and the freezer interrupts this task.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/nbd.h>
#include <linux/nbd-netlink.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>

#define MAX_REQUEST	(1 << 20)
#define BLOCK		4096

static volatile sig_atomic_t stop_at_read;
static char buffer[MAX_REQUEST];

static void note(int sig)
{
	(void)sig;
	stop_at_read = 1;
}

static bool receive(int conn, void *to, size_t size)
{
	return recv(conn, to, size, MSG_WAITALL) == (ssize_t)size;
}

/* Execute a request of the client. Return: 0, or the error for the answer. */
static int carry_out(int disk, uint32_t type, off_t from, uint32_t size)
{
	switch (type) {
	case NBD_CMD_READ:
		return pread(disk, buffer, size, from) == (ssize_t)size ? 0 : EIO;
	case NBD_CMD_WRITE:
		return pwrite(disk, buffer, size, from) == (ssize_t)size ? 0 : EIO;
	case NBD_CMD_FLUSH:
		return fdatasync(disk) ? EIO : 0;
	}
	return EINVAL;
}

static bool answer(int conn, int disk, off_t watched)
{
	struct nbd_request request;
	struct nbd_reply reply = { .magic = htobe32(NBD_REPLY_MAGIC) };
	uint32_t type, size;
	off_t from;
	int error;

	if (!receive(conn, &request, sizeof(request)) ||
	    request.magic != htobe32(NBD_REQUEST_MAGIC))
		return false;
	type = be32toh(request.type) & 0xffff;
	from = be64toh(request.from);
	size = be32toh(request.len);
	if (type == NBD_CMD_DISC || size > MAX_REQUEST ||
	    (type == NBD_CMD_WRITE && !receive(conn, buffer, size)))
		return false;
	if (type == NBD_CMD_READ && from >= watched && stop_at_read) {
		stop_at_read = 0;
		raise(SIGSTOP);
	}
	error = carry_out(disk, type, from, size);
	reply.error = htobe32(error);
	memcpy(reply.handle, request.handle, sizeof(reply.handle));
	if (send(conn, &reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
		return false;
	return error || type != NBD_CMD_READ ||
	       send(conn, buffer, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static _Noreturn void serve(const char *port, const char *file, const char *from)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int disk = open(file, O_RDWR);
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	const int one = 1;

	if (disk < 0)
		err(1, "%s", file);
	signal(SIGUSR1, note);
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (sock < 0 || bind(sock, (struct sockaddr *)&any, sizeof(any)) || listen(sock, 4))
		err(1, "port %s", port);
	for (;;) {
		int conn = accept(sock, NULL, NULL);

		if (conn < 0)
			continue;
		setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		while (answer(conn, disk, atoll(from)))
			;
		close(conn);
	}
}

struct message {
	struct nlmsghdr head;
	struct genlmsghdr command;
	char attributes[512];
};

static void add(struct message *m, int type, const void *value, int size)
{
	struct nlattr *at = (void *)((char *)m + NLMSG_ALIGN(m->head.nlmsg_len));

	at->nla_type = type;
	at->nla_len = NLA_HDRLEN + size;
	memcpy((char *)at + NLA_HDRLEN, value, size);
	m->head.nlmsg_len = NLMSG_ALIGN(m->head.nlmsg_len) + NLA_ALIGN(at->nla_len);
}

static void start(struct message *m, int family, int command, int flags)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->head.nlmsg_type = family;
	m->head.nlmsg_flags = NLM_F_REQUEST | flags;
	m->command.cmd = command;
	m->command.version = 1;
}

/* Send the message, and store the kernel's answer in its place. */
static void ask(int sock, struct message *m, const char *what)
{
	struct nlmsgerr *error = NLMSG_DATA(&m->head);
	ssize_t size;

	if (send(sock, m, m->head.nlmsg_len, 0) < 0)
		err(1, "%s", what);
	size = recv(sock, m, sizeof(*m), 0);
	if (size < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN))
		err(1, "%s: no answer", what);
	if (m->head.nlmsg_type == NLMSG_ERROR && error->error) {
		errno = -error->error;
		err(1, "%s", what);
	}
}

/* Return the id of nbd's netlink family. The kernel's answer has it as an attribute. */
static int nbd_family(int sock)
{
	struct message m;
	struct nlattr *at;

	start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	add(&m, CTRL_ATTR_FAMILY_NAME, NBD_GENL_FAMILY_NAME, sizeof(NBD_GENL_FAMILY_NAME));
	ask(sock, &m, "the netlink family of nbd");
	for (at = (void *)m.attributes; (char *)at < (char *)&m + m.head.nlmsg_len;
	     at = (void *)((char *)at + NLA_ALIGN(at->nla_len))) {
		if (at->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(uint16_t *)((char *)at + NLA_HDRLEN);
		if (at->nla_len < NLA_HDRLEN)
			break;
	}
	errx(1, "the kernel does not have nbd");
}

static void attach(const char *host, const char *port, const char *bytes)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int conn = socket(AF_INET, SOCK_STREAM, 0);
	int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	struct {
		struct nlattr item, fd;
		int value;
	} socket = {
		.item = { .nla_len = sizeof(socket), .nla_type = NBD_SOCK_ITEM | NLA_F_NESTED },
		.fd = { .nla_len = NLA_HDRLEN + sizeof(int), .nla_type = NBD_SOCK_FD },
		.value = conn,
	};
	uint64_t flags = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH;
	uint64_t size = atoll(bytes), block = BLOCK;
	uint32_t index = 0;
	struct message m;

	if (sock < 0 || inet_pton(AF_INET, host, &peer.sin_addr) != 1 ||
	    connect(conn, (struct sockaddr *)&peer, sizeof(peer)))
		err(1, "%s port %s", host, port);
	start(&m, nbd_family(sock), NBD_CMD_CONNECT, NLM_F_ACK);
	add(&m, NBD_ATTR_INDEX, &index, sizeof(index));
	add(&m, NBD_ATTR_SIZE_BYTES, &size, sizeof(size));
	add(&m, NBD_ATTR_BLOCK_SIZE_BYTES, &block, sizeof(block));
	add(&m, NBD_ATTR_SERVER_FLAGS, &flags, sizeof(flags));
	add(&m, NBD_ATTR_SOCKETS | NLA_F_NESTED, &socket, sizeof(socket));
	ask(sock, &m, "/dev/nbd0");
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "serve"))
		serve(argv[2], argv[3], argv[4]);
	if (argc == 5 && !strcmp(argv[1], "attach")) {
		attach(argv[2], argv[3], argv[4]);
		return 0;
	}
	fprintf(stderr, "usage: nbd serve PORT FILE FROM | nbd attach HOST PORT BYTES\n");
	return 2;
}
