// SPDX-License-Identifier: GPL-2.0
/*
 * waiting N DISK INTERFACE [FROM]: N processes that ask INTERFACE for its features, over and
 * over, by a request that goes on in a page of DISK which is not in memory.
 * waiting N DISK FILE [FROM]: that write a page of DISK, which is not in memory, to FILE.
 * The pages are those that come after byte FROM.
 *
 * The kernel reads that page with the rtnl held, or as one that the file cannot go away
 * from, so nearly always somebody like that waits for the disk. The answer is an error. Goes
 * to the background once all of them have got one.
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

static struct ifreq request;
static const char *path;
static int disk, sock;
static off_t from;

/* A page of memory, and one of the disk. */
static char *straddle(off_t offset)
{
	char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED ||
	    mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, disk, offset) == MAP_FAILED)
		err(1, "mmap");
	posix_fadvise(disk, offset, PAGE, POSIX_FADV_DONTNEED);
	return at + PAGE;
}

/* The command is before the page, the rest of the request in it; ENODEV without a backend. */
static void ask_interface(char *page)
{
	char *at = page - sizeof(uint32_t);

	*(uint32_t *)at = ETHTOOL_GFEATURES;
	request.ifr_data = at;
	if (!ioctl(sock, SIOCETHTOOL, &request) || (errno != EFAULT && errno != ENODEV))
		err(1, "%s was not to write into a page of the disk", request.ifr_name);
}

/* It goes when the interrupt does, which nobody sees who has it open. */
static void write_file(const char *page)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 && errno != ENOENT)
		err(1, "%s", path);
	if (fd < 0)
		return;
	if (write(fd, page, 64) != -1 || (errno != EINVAL && errno != EIO))
		err(1, "%s was not to take a page of the disk", path);
	close(fd);
}

static void ask(unsigned int process)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		char *page = straddle(from + ((off_t)process * PAGES + i) * PAGE);

		if (path)
			write_file(page);
		else
			ask_interface(page);
		munmap(page - PAGE, 2 * PAGE);
		/* Others are to get at the disk, too. */
		usleep(2000);
	}
}

static void open_all(const char *name, const char *what)
{
	disk = open(name, O_RDONLY);
	if (disk < 0)
		err(1, "%s", name);
	posix_fadvise(disk, 0, 0, POSIX_FADV_RANDOM);
	if (*what == '/') {
		path = what;
		if (access(path, W_OK))
			err(1, "%s", path);
		return;
	}
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0)
		err(1, "socket");
	if (strlen(what) >= sizeof(request.ifr_name))
		errx(1, "%s is too long for an interface", what);
	strcpy(request.ifr_name, what);
}

int main(int argc, char **argv)
{
	int n = argc == 4 || argc == 5 ? atoi(argv[1]) : 0;
	int i;

	if (n <= 0) {
		fprintf(stderr, "usage: waiting N DISK INTERFACE|FILE [FROM]\n");
		return 2;
	}
	if (argc == 5)
		from = atoll(argv[4]);
	open_all(argv[2], argv[3]);
	for (i = 0; i < n; i++)
		ask(i);
	if (daemon(0, 0))
		err(1, "daemon");
	while (--n && fork())
		;
	for (;;)
		ask(n);
}
