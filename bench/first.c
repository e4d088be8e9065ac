// SPDX-License-Identifier: GPL-2.0
/*
 * first DOMID: unpause a domain that was restored, and print after how many us the domain sends its
 * first packet, on any interface.
 *
 * Run this in dom0, at a time when dom0 receives no other packets.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <xenctrl.h>

#define PATIENCE_MS 60000

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("first: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static void wait_for_frame(int fd)
{
	struct sockaddr_ll from = { .sll_pkttype = PACKET_OUTGOING };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char frame[64];

	while (from.sll_pkttype == PACKET_OUTGOING || from.sll_hatype != ARPHRD_ETHER) {
		socklen_t size = sizeof(from);

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			die("the domain sends no packet");
		/* recvfrom() fails if an interface is removed. Ignore this. */
		if (recvfrom(fd, frame, sizeof(frame), MSG_TRUNC,
			     (struct sockaddr *)&from, &size) < 0)
			from.sll_pkttype = PACKET_OUTGOING;
	}
}

int main(int argc, char **argv)
{
	xc_interface *xen = xc_interface_open(NULL, NULL, 0);
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	unsigned long domid = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	double start;

	if (!domid)
		die("usage: first DOMID");
	if (!xen || fd < 0)
		die("no access to Xen, or to the network: is this dom0, and are you root?");
	start = now_us();
	if (xc_domain_unpause(xen, domid))
		die("domain %lu cannot be unpaused: %s", domid, strerror(errno));
	wait_for_frame(fd);
	printf("%.0f\n", now_us() - start);
	return 0;
}
