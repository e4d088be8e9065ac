// SPDX-License-Identifier: GPL-2.0
/*
 * above vlan|macvlan|ipvlan|macsec|team LOWER NAME: in the guest, make a network device above LOWER.
 *
 * - A VLAN has the id 5.
 * - An ipvlan is in layer 2 mode. Layer 3 mode has no ARP, and busybox's ip makes no other.
 * - A MACsec device does not protect its frames, so that dom0 can read them.
 * - A team has LOWER, which must be down, as its active port, and the MAC address of LOWER, which
 *   dom0 knows.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/if_team.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Types of a team's option values, which no header has. */
enum { TYPE_U32 = 3, TYPE_STRING = 5 };

static struct {
	struct nlmsghdr header;
	char rest[1024];
} request;

static struct {
	struct nlmsghdr header;
	union {
		struct nlmsgerr error;
		char rest[4096];
	};
} answer;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct rtattr *put(int type, const void *data, size_t size)
{
	struct rtattr *a = (void *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void put_text(int type, const char *text)
{
	put(type, text, strlen(text) + 1);
}

/* Attributes that are put between begin() and end() are inside the one that begin() puts. */
static struct rtattr *begin(int type)
{
	return put(type, "", 0);
}

static void end(struct rtattr *a)
{
	a->rta_len = (char *)&request + request.header.nlmsg_len - (char *)a;
}

/* A new request, whose own header of SIZE bytes follows the one of netlink. */
static void *new_request(int type, int flags, size_t size)
{
	memset(&request, 0, sizeof(request));
	request.header.nlmsg_len = NLMSG_LENGTH(size);
	request.header.nlmsg_type = type;
	request.header.nlmsg_flags = NLM_F_REQUEST | flags;
	return NLMSG_DATA(&request.header);
}

/*
 * The answer is in "answer". An option of a team is set even if the answer is ESRCH: then nobody
 * listens for changes.
 */
static void ask(int protocol, const char *what)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || send(fd, &request, request.header.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		fail("netlink");
	close(fd);
	if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error &&
	    (protocol != NETLINK_GENERIC || answer.error.error != -ESRCH)) {
		fprintf(stderr, "above: %s: %s\n", what, strerror(-answer.error.error));
		exit(1);
	}
}

static uint32_t index_of(const char *name)
{
	uint32_t index = if_nametoindex(name);

	if (!index)
		fail(name);
	return index;
}

static void put_options(const char *kind)
{
	static const uint16_t id = 5, l2 = IPVLAN_MODE_L2;
	static const uint32_t bridge = MACVLAN_MODE_BRIDGE;
	static const uint8_t no;

	if (!strcmp(kind, "vlan"))
		put(IFLA_VLAN_ID, &id, sizeof(id));
	else if (!strcmp(kind, "ipvlan"))
		put(IFLA_IPVLAN_MODE, &l2, sizeof(l2));
	else if (!strcmp(kind, "macvlan"))
		put(IFLA_MACVLAN_MODE, &bridge, sizeof(bridge));
	else if (!strcmp(kind, "macsec"))
		put(IFLA_MACSEC_PROTECT, &no, sizeof(no));
}

/* A device of KIND: above LOWER, if that is not 0, and with the MAC ADDRESS, if that is not NULL. */
static void make(const char *kind, uint32_t lower, const char *name, const void *address)
{
	struct rtattr *info, *data;

	new_request(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	if (lower)
		put(IFLA_LINK, &lower, sizeof(lower));
	put_text(IFLA_IFNAME, name);
	if (address)
		put(IFLA_ADDRESS, address, 6);
	info = begin(IFLA_LINKINFO);
	put_text(IFLA_INFO_KIND, kind);
	data = begin(IFLA_INFO_DATA);
	put_options(kind);
	end(data);
	end(info);
	ask(NETLINK_ROUTE, kind);
}

/* The number by which generic netlink knows the family. */
static int family(const char *name)
{
	struct genlmsghdr *header = new_request(GENL_ID_CTRL, 0, sizeof(*header));
	const struct rtattr *a;
	int left;

	header->cmd = CTRL_CMD_GETFAMILY;
	put_text(CTRL_ATTR_FAMILY_NAME, name);
	ask(NETLINK_GENERIC, name);
	a = NLMSG_DATA(&answer.header) + GENL_HDRLEN;
	left = answer.header.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == CTRL_ATTR_FAMILY_ID)
			return *(uint16_t *)RTA_DATA(a);
	fprintf(stderr, "above: no id of %s\n", name);
	exit(1);
}

static void set_team(uint32_t team, const char *option, uint8_t type, const void *value, size_t size)
{
	int id = family(TEAM_GENL_NAME);
	struct genlmsghdr *header = new_request(id, NLM_F_ACK, sizeof(*header));
	struct rtattr *list, *item;

	header->cmd = TEAM_CMD_OPTIONS_SET;
	header->version = TEAM_GENL_VERSION;
	put(TEAM_ATTR_TEAM_IFINDEX, &team, sizeof(team));
	list = begin(TEAM_ATTR_LIST_OPTION | NLA_F_NESTED);
	item = begin(TEAM_ATTR_ITEM_OPTION | NLA_F_NESTED);
	put_text(TEAM_ATTR_OPTION_NAME, option);
	put(TEAM_ATTR_OPTION_TYPE, &type, sizeof(type));
	put(TEAM_ATTR_OPTION_DATA, value, size);
	end(item);
	end(list);
	ask(NETLINK_GENERIC, option);
}

static void make_team(const char *lower, const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t team, port = index_of(lower);
	struct ifinfomsg *link;
	struct ifreq mac = { 0 };

	strncpy(mac.ifr_name, lower, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &mac))
		fail(lower);
	close(fd);
	make("team", 0, name, mac.ifr_hwaddr.sa_data);
	team = index_of(name);
	set_team(team, "mode", TYPE_STRING, "activebackup", sizeof("activebackup"));
	link = new_request(RTM_SETLINK, NLM_F_ACK, sizeof(*link));
	link->ifi_index = port;
	put(IFLA_MASTER, &team, sizeof(team));
	ask(NETLINK_ROUTE, "port");
	set_team(team, "activeport", TYPE_U32, &port, sizeof(port));
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: above vlan|macvlan|ipvlan|macsec|team LOWER NAME\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "team"))
		make_team(argv[2], argv[3]);
	else
		make(argv[1], index_of(argv[2]), argv[3], NULL);
	return 0;
}
