// SPDX-License-Identifier: GPL-2.0
/*
 * nonces ADDRESS FILE: in dom0, in the background, write a line to FILE for each WireGuard
 * message that comes from ADDRESS: its type, a hash of the bytes that identify its key, its
 * nonce, a hash of the text that is encrypted by key and nonce, and the time, in ms.
 *
 * A data message identifies its key by a number that the receiver has chosen. The key of a
 * handshake message is derived from a public key that is made for this message, and that
 * the message contains. Its nonce is 0.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WIREGUARD_PORT	51820

enum { INITIATION = 1, RESPONSE = 2, DATA = 4 };

/*
 * Offsets and sizes, in a message, of the bytes that identify its key, and of the encrypted text.
 * If text_size is 0, the text extends to the end of the message.
 */
struct layout {
	size_t key, key_size, text, text_size;
};

static const struct layout layouts[] = {
	[INITIATION]	= { 8, 32, 40, 76 },
	[RESPONSE]	= { 12, 32, 44, 16 },
	[DATA]		= { 4, 4, 16, 0 },
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* FNV-1a. A weak hash is enough, because no attacker makes collisions in this test. */
static uint64_t hash(const uint8_t *p, size_t size)
{
	uint64_t h = 0xcbf29ce484222325;

	while (size--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

static void note(FILE *f, const uint8_t *message, size_t size)
{
	const struct layout *l = &layouts[message[0]];
	uint64_t counter = 0;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (message[0] == DATA)
		memcpy(&counter, message + 8, sizeof(counter));
	fprintf(f, "%d %016" PRIx64 " %" PRIu64 " %016" PRIx64 " %lld\n", message[0],
		hash(message + l->key, l->key_size), counter,
		hash(message + l->text, l->text_size ?: size - l->text),
		now.tv_sec * 1000LL + now.tv_nsec / 1000000);
	fflush(f);
}

static bool is_known(const uint8_t *message, size_t size)
{
	const struct layout *l;

	if (size < 4 || message[0] >= sizeof(layouts) / sizeof(*layouts))
		return false;
	l = &layouts[message[0]];
	return l->key && size >= l->text + l->text_size;
}

static void watch(int fd, FILE *f, const struct in_addr *from)
{
	static uint8_t packet[65536];
	const struct iphdr *ip = (const struct iphdr *)packet;
	const struct udphdr *udp;
	size_t size, header;

	for (;;) {
		size = recv(fd, packet, sizeof(packet), 0);
		if ((ssize_t)size < 0)
			die("recv");
		header = ip->ihl * 4 + sizeof(*udp);
		udp = (const struct udphdr *)(packet + ip->ihl * 4);
		if (ip->saddr == from->s_addr && size >= header &&
		    udp->dest == htons(WIREGUARD_PORT) &&
		    is_known(packet + header, size - header))
			note(f, packet + header, size - header);
	}
}

int main(int argc, char **argv)
{
	int fd, room = 1 << 20;
	struct in_addr from;
	FILE *f;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &from) != 1) {
		fprintf(stderr, "usage: nonces ADDRESS FILE\n");
		return 2;
	}
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		die("socket");
	f = fopen(argv[2], "w");
	if (!f)
		die(argv[2]);
	if (daemon(1, 0))
		die("daemon");
	watch(fd, f, &from);
}
