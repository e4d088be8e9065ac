// SPDX-License-Identifier: GPL-2.0
/*
 * netlink qdisc INTERFACE [LIMIT]: with LIMIT, give an interface the queueing discipline fq_codel,
 * with a limit of LIMIT packets. Without LIMIT, print the queueing discipline as "KIND LIMIT", or
 * "none". LIMIT is printed as 0 if the kernel reports no limit of fq_codel.
 */
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "netlink.h"

/* asked: index of the interface. found: whether the kernel listed its queueing discipline. */
static int asked, found;

static void set(uint32_t limit)
{
	struct tcmsg *tc = new_request(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof(*tc));
	struct rtattr *options;

	tc->tcm_ifindex = asked;
	tc->tcm_parent = TC_H_ROOT;
	put_text(TCA_KIND, "fq_codel");
	options = begin(TCA_OPTIONS);
	put(TCA_FQ_CODEL_LIMIT, &limit, sizeof(limit));
	end(options);
	ask(NETLINK_ROUTE, "fq_codel", 0);
}

static void print(const struct nlmsghdr *h)
{
	const struct tcmsg *tc = NLMSG_DATA(h);
	const struct rtattr *first = (const void *)((const char *)tc + NLMSG_ALIGN(sizeof(*tc)));
	int left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*tc));
	const struct rtattr *kind = find(first, left, TCA_KIND), *options = find(first, left, TCA_OPTIONS);
	const struct rtattr *limit = NULL;

	if (tc->tcm_ifindex != asked || tc->tcm_parent != TC_H_ROOT)
		return;
	if (options)
		limit = find(RTA_DATA(options), RTA_PAYLOAD(options), TCA_FQ_CODEL_LIMIT);
	printf("%s %u\n", kind ? (const char *)RTA_DATA(kind) : "?", limit ? *(const uint32_t *)RTA_DATA(limit) : 0);
	found = 1;
}

int qdisc(int argc, char **argv)
{
	if (argc < 1 || argc > 2)
		return 0;
	asked = index_of(argv[0]);
	if (argc == 2) {
		set(strtoul(argv[1], NULL, 10));
		return 1;
	}
	new_request(RTM_GETQDISC, NLM_F_DUMP, sizeof(struct tcmsg));
	list(NETLINK_ROUTE, print);
	if (!found)
		puts("none");
	return 1;
}
