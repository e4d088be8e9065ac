// SPDX-License-Identifier: GPL-2.0
/*
 * netlink above vlan|macvlan|ipvlan|macsec|team LOWER NAME: make a network device above LOWER.
 *
 * - A VLAN has the id 5.
 * - An ipvlan is in layer 2 mode. Layer 3 mode, the default, has no ARP.
 * - A MACsec device does not protect its frames, so that dom0 can read them.
 * - LOWER becomes the active port of a team, and must be down before. The team gets the MAC address
 *   of LOWER, because dom0 knows this address.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/if_team.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

/* Types of the values of a team's options. No header defines these numbers. */
enum { TYPE_U32 = 3, TYPE_STRING = 5 };

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

/* Make a device of KIND, above LOWER unless it is 0, with the MAC ADDRESS unless it is NULL. */
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
	ask(NETLINK_ROUTE, kind, 0);
}

/* Return the id of a family of generic netlink. */
static int family(const char *name)
{
	struct genlmsghdr *header = new_request(GENL_ID_CTRL, 0, sizeof(*header));
	const struct rtattr *id;

	header->cmd = CTRL_CMD_GETFAMILY;
	put_text(CTRL_ATTR_FAMILY_NAME, name);
	ask(NETLINK_GENERIC, name, 0);
	id = find(NLMSG_DATA(&answer.header) + GENL_HDRLEN,
		  answer.header.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), CTRL_ATTR_FAMILY_ID);
	if (id)
		return *(uint16_t *)RTA_DATA(id);
	fprintf(stderr, "netlink: no id of %s\n", name);
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
	/* ESRCH means that no program listens for changes of options. The option is set anyway. */
	ask(NETLINK_GENERIC, option, ESRCH);
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
	ask(NETLINK_ROUTE, "port", 0);
	set_team(team, "activeport", TYPE_U32, &port, sizeof(port));
}

int above(int argc, char **argv)
{
	if (argc != 3)
		return 0;
	if (!strcmp(argv[0], "team"))
		make_team(argv[1], argv[2]);
	else
		make(argv[0], index_of(argv[1]), argv[2], NULL);
	return 1;
}
