// SPDX-License-Identifier: GPL-2.0
/*
 * rtnl N INTERFACE DISK: N processes that ask INTERFACE for its features, over and over,
 * by a request that goes on in a page of DISK which is not in memory.
 *
 * The kernel reads that page with the rtnl held, so nearly always somebody who has it waits
 * for the disk. The page cannot be written, so the answer is EFAULT, or ENODEV while the
 * interface has no backend. Goes to the background once all of them have got one.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

#define PAGE	4096UL
#define PAGES	64	/* of the disk, to each process */

static const char *disk;
static struct ifreq request;
static int fd, sock;

/* The command lies at the end of one page, the rest of the request in the next one. */
static char *straddle(off_t offset)
{
	char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED ||
	    mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED)
		err(1, "mmap");
	*(uint32_t *)(at + PAGE - sizeof(uint32_t)) = ETHTOOL_GFEATURES;
	return at;
}

static void ask_once(off_t offset)
{
	char *at = straddle(offset);

	posix_fadvise(fd, offset, PAGE, POSIX_FADV_DONTNEED);
	request.ifr_data = at + PAGE - sizeof(uint32_t);
	if (!ioctl(sock, SIOCETHTOOL, &request) || (errno != EFAULT && errno != ENODEV))
		err(1, "%s was not to write into a page of %s", request.ifr_name, disk);
	munmap(at, 2 * PAGE);
	/* Others are to get at the disk, too. */
	usleep(2000);
}

static void ask(unsigned int process)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		ask_once(((off_t)process * PAGES + i) * PAGE);
}

static void open_all(char **argv)
{
	disk = argv[3];
	fd = open(disk, O_RDONLY);
	if (fd < 0)
		err(1, "%s", disk);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0)
		err(1, "socket");
	if (strlen(argv[2]) >= sizeof(request.ifr_name))
		errx(1, "%s is too long for an interface", argv[2]);
	strcpy(request.ifr_name, argv[2]);
}

int main(int argc, char **argv)
{
	int n = argc == 4 ? atoi(argv[1]) : 0;
	int i;

	if (n <= 0) {
		fprintf(stderr, "usage: rtnl N INTERFACE DISK\n");
		return 2;
	}
	open_all(argv);
	for (i = 0; i < n; i++)
		ask(i);
	if (daemon(0, 0))
		err(1, "daemon");
	while (--n && fork())
		;
	for (;;)
		ask(n);
}
