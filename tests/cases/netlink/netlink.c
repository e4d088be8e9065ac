// SPDX-License-Identifier: GPL-2.0
/*
 * netlink above|qdisc ARGUMENT...: in the guest, make network devices (above.c), or set queueing
 * disciplines (qdisc.c). busybox has no tools for these.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

struct request request;
struct answer answer;

void fail(const char *what)
{
	perror(what);
	exit(1);
}

uint32_t index_of(const char *name)
{
	uint32_t index = if_nametoindex(name);

	if (!index)
		fail(name);
	return index;
}

void *new_request(int type, int flags, size_t size)
{
	memset(&request, 0, sizeof(request));
	request.header.nlmsg_len = NLMSG_LENGTH(size);
	request.header.nlmsg_type = type;
	request.header.nlmsg_flags = NLM_F_REQUEST | flags;
	return NLMSG_DATA(&request.header);
}

struct rtattr *put(int type, const void *data, size_t size)
{
	struct rtattr *a = (void *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

void put_text(int type, const char *text)
{
	put(type, text, strlen(text) + 1);
}

struct rtattr *begin(int type)
{
	return put(type, "", 0);
}

void end(struct rtattr *a)
{
	a->rta_len = (char *)&request + request.header.nlmsg_len - (char *)a;
}

const struct rtattr *find(const struct rtattr *a, int left, int type)
{
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

static int send_request(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || send(fd, &request, request.header.nlmsg_len, 0) < 0)
		fail("netlink");
	return fd;
}

static ssize_t receive(int fd)
{
	ssize_t size = recv(fd, &answer, sizeof(answer), 0);

	if (size < 0)
		fail("netlink");
	return size;
}

static void check(const char *what, int tolerated)
{
	if (answer.header.nlmsg_type != NLMSG_ERROR || !answer.error.error ||
	    answer.error.error == -tolerated)
		return;
	fprintf(stderr, "netlink: %s: %s\n", what, strerror(-answer.error.error));
	exit(1);
}

void ask(int protocol, const char *what, int tolerated)
{
	int fd = send_request(protocol);

	receive(fd);
	close(fd);
	check(what, tolerated);
}

void list(int protocol, void (*each)(const struct nlmsghdr *h))
{
	int fd = send_request(protocol);

	for (;;) {
		ssize_t left = receive(fd);

		check("list", 0);
		for (const struct nlmsghdr *h = &answer.header; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE) {
				close(fd);
				return;
			}
			each(h);
		}
	}
}

int main(int argc, char **argv)
{
	int known = 0;

	if (argc > 1 && !strcmp(argv[1], "above"))
		known = above(argc - 2, argv + 2);
	else if (argc > 1 && !strcmp(argv[1], "qdisc"))
		known = qdisc(argc - 2, argv + 2);
	if (!known) {
		fputs("usage: netlink above vlan|macvlan|ipvlan|macsec|team LOWER NAME\n"
		      "       netlink qdisc INTERFACE [LIMIT]\n", stderr);
		return 2;
	}
	return 0;
}
