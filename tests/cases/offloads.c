// SPDX-License-Identifier: GPL-2.0
/*
 * offloads INTERFACE [NAME=0|1]...: in the guest, set offloads of an interface, and then print each
 * offload as a line "NAME 0|1". busybox has no ethtool.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const struct offload {
	const char *name;
	int get, set;
} offloads[] = {
	{ "rx", ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM },
	{ "tx", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM },
	{ "sg", ETHTOOL_GSG, ETHTOOL_SSG },
	{ "tso", ETHTOOL_GTSO, ETHTOOL_STSO },
	{ "gso", ETHTOOL_GGSO, ETHTOOL_SGSO },
	{ "gro", ETHTOOL_GGRO, ETHTOOL_SGRO },
};
enum { NR = sizeof(offloads) / sizeof(*offloads) };

static unsigned int do_ioctl(const char *interface, int cmd, unsigned int data)
{
	static int fd = -1;
	struct ethtool_value value = { .cmd = cmd, .data = data };
	struct ifreq request = { .ifr_data = (void *)&value };

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCETHTOOL, &request)) {
		perror(interface);
		exit(1);
	}
	return value.data;
}

static void set(const char *interface, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < NR; i++)
		if (strlen(offloads[i].name) == len && !strncmp(offloads[i].name, word, len) && word[len]) {
			do_ioctl(interface, offloads[i].set, word[len + 1] == '1');
			return;
		}
	fprintf(stderr, "offloads: %s: no such offload\n", word);
	exit(2);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: offloads INTERFACE [NAME=0|1]...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		set(argv[1], argv[i]);
	for (size_t i = 0; i < NR; i++)
		printf("%s %u\n", offloads[i].name, do_ioctl(argv[1], offloads[i].get, 0));
	return 0;
}
