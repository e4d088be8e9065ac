// SPDX-License-Identifier: GPL-2.0
/*
 * announced: in dom0, print a line for each announcement that a guest sends:
 * "SECONDS INTERFACE ARP|NA ADDRESS". SECONDS count from the start of this program, and
 * INTERFACE received the announcement. A gratuitous ARP has the sender's own address as
 * sender and as target. An unsolicited neighbour advertisement (NA) goes to all nodes.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define ALL_NODES "ff02::1"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Receive a protocol on all interfaces, because each restore gives the guest a new one in dom0. */
static int listen_to(int protocol)
{
	/* SOCK_DGRAM: receive frames without the Ethernet header. */
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(protocol));

	if (fd < 0)
		fail("announced: socket");
	return fd;
}

/* If the frame is a gratuitous ARP, store its address, and return "ARP". Otherwise return NULL. */
static const char *gratuitous(const void *frame, size_t size, char *address)
{
	static const unsigned char none[4];
	struct ether_arp arp;

	if (size < sizeof(arp))
		return NULL;
	memcpy(&arp, frame, sizeof(arp));
	if (arp.arp_pro != htons(ETH_P_IP) || arp.arp_pln != sizeof(none))
		return NULL;
	/* An ARP probe, which checks whether an address is free, has the sender address 0.0.0.0. */
	if (!memcmp(arp.arp_spa, none, sizeof(none)) ||
	    memcmp(arp.arp_spa, arp.arp_tpa, sizeof(none)))
		return NULL;
	inet_ntop(AF_INET, arp.arp_spa, address, INET6_ADDRSTRLEN);
	return "ARP";
}

static const char *unsolicited(const void *frame, size_t size, char *address)
{
	struct {
		struct ip6_hdr ip;
		struct nd_neighbor_advert na;
	} packet;
	struct in6_addr all;

	if (size < sizeof(packet))
		return NULL;
	memcpy(&packet, frame, sizeof(packet));
	inet_pton(AF_INET6, ALL_NODES, &all);
	if (packet.ip.ip6_nxt != IPPROTO_ICMPV6 ||
	    packet.na.nd_na_type != ND_NEIGHBOR_ADVERT ||
	    packet.na.nd_na_flags_reserved & ND_NA_FLAG_SOLICITED ||
	    memcmp(&packet.ip.ip6_dst, &all, sizeof(all)))
		return NULL;
	inet_ntop(AF_INET6, &packet.na.nd_na_target, address, INET6_ADDRSTRLEN);
	return "NA";
}

static void hear(int fd, double start,
		 const char *(*kind_of)(const void *frame, size_t size, char *address))
{
	struct sockaddr_ll from = { 0 };
	socklen_t length = sizeof(from);
	char frame[2048], interface[IF_NAMESIZE] = "?", address[INET6_ADDRSTRLEN];
	const char *kind;
	ssize_t size;

	size = recvfrom(fd, frame, sizeof(frame), 0, (struct sockaddr *)&from,
			&length);
	/* If an interface is removed, recvfrom() fails. This error is ignored. */
	if (size < 0)
		return;
	kind = from.sll_pkttype == PACKET_OUTGOING ? NULL : kind_of(frame, size, address);
	if (!kind)
		return;
	if_indextoname(from.sll_ifindex, interface);
	printf("%.3f %s %s %s\n", now() - start, interface, kind, address);
}

int main(void)
{
	struct pollfd fds[] = {
		{ .fd = listen_to(ETH_P_ARP), .events = POLLIN },
		{ .fd = listen_to(ETH_P_IPV6), .events = POLLIN },
	};
	double start = now();

	setlinebuf(stdout);
	puts("listening");
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			fail("announced: poll");
		if (fds[0].revents)
			hear(fds[0].fd, start, gratuitous);
		if (fds[1].revents)
			hear(fds[1].fd, start, unsolicited);
	}
}
