// SPDX-License-Identifier: GPL-2.0
/*
 * qdisc INTERFACE [LIMIT]: in the guest, give an interface the queueing discipline fq_codel, with a
 * limit of so many packets, or print what it has: "none", or "KIND LIMIT", where LIMIT is 0 if the
 * kind is another. busybox has no tc.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct {
	struct nlmsghdr header;
	struct tcmsg tc;
	char rest[256];
} request = { .header.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)) };

static char answer[32768];

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct rtattr *put(int type, const void *data, size_t size)
{
	struct rtattr *a = (void *)((char *)&request + request.header.nlmsg_len);

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	request.header.nlmsg_len += RTA_ALIGN(a->rta_len);
	return a;
}

static ssize_t receive(int fd)
{
	ssize_t size = recv(fd, answer, sizeof(answer), 0);

	if (size < 0)
		fail("netlink");
	return size;
}

static void set(int fd, uint32_t limit)
{
	const struct nlmsghdr *h = (void *)answer;
	struct rtattr *options;

	request.header.nlmsg_type = RTM_NEWQDISC;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	request.tc.tcm_parent = TC_H_ROOT;
	put(TCA_KIND, "fq_codel", sizeof("fq_codel"));
	options = put(TCA_OPTIONS, "", 0);
	put(TCA_FQ_CODEL_LIMIT, &limit, sizeof(limit));
	options->rta_len = (char *)&request + request.header.nlmsg_len - (char *)options;
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		fail("netlink");
	receive(fd);
	if (h->nlmsg_type != NLMSG_ERROR || ((const struct nlmsgerr *)NLMSG_DATA(h))->error) {
		fputs("qdisc: the kernel refuses fq_codel\n", stderr);
		exit(1);
	}
}

/* The attribute of one type, or NULL. */
static const struct rtattr *find(const struct rtattr *a, int left, int type)
{
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

static void print_one(const struct nlmsghdr *h)
{
	const struct rtattr *first = (const void *)((const char *)NLMSG_DATA(h) + sizeof(struct tcmsg));
	int left = h->nlmsg_len - NLMSG_LENGTH(sizeof(struct tcmsg));
	const struct rtattr *kind = find(first, left, TCA_KIND), *options = find(first, left, TCA_OPTIONS), *limit = NULL;

	if (options)
		limit = find(RTA_DATA(options), RTA_PAYLOAD(options), TCA_FQ_CODEL_LIMIT);
	printf("%s %u\n", kind ? (const char *)RTA_DATA(kind) : "?", limit ? *(const uint32_t *)RTA_DATA(limit) : 0);
}

/* The kernel lists the disciplines of all interfaces. */
static void print(int fd)
{
	int index = request.tc.tcm_ifindex, found = 0;

	request.header.nlmsg_type = RTM_GETQDISC;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		fail("netlink");
	for (;;) {
		ssize_t left = receive(fd);

		for (const struct nlmsghdr *h = (void *)answer; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			const struct tcmsg *tc = NLMSG_DATA(h);

			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				if (!found)
					puts("none");
				return;
			}
			if (tc->tcm_ifindex == index && tc->tcm_parent == TC_H_ROOT) {
				print_one(h);
				found = 1;
			}
		}
	}
}

int main(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (argc < 2 || argc > 3) {
		fputs("usage: qdisc INTERFACE [LIMIT]\n", stderr);
		return 2;
	}
	if (fd < 0)
		fail("netlink");
	request.tc.tcm_ifindex = if_nametoindex(argv[1]);
	if (!request.tc.tcm_ifindex)
		fail(argv[1]);
	if (argc == 3)
		set(fd, strtoul(argv[2], NULL, 10));
	else
		print(fd);
	return 0;
}
