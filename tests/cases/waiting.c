// SPDX-License-Identifier: GPL-2.0
/*
 * waiting N DISK INTERFACE [FROM]: in the guest, N processes ask INTERFACE for its features,
 * again and again, by a request whose second part is in a page of DISK.
 * waiting N DISK FILE [FROM]: N processes write a page of DISK to FILE, a file in /proc/irq.
 * The pages are not in memory, and come after byte FROM.
 *
 * The kernel reads such a page while it holds the rtnl, or while it uses FILE, whose removal
 * must wait for that. So nearly always one of the processes waits for the disk and blocks
 * the rtnl, or the removal of FILE. Each request fails. All requests are made once before
 * the program goes to the background.
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
#define PAGES	64	/* of the disk, for each process */

static struct ifreq request;
static const char *path;
static int disk, sock;
static off_t from;

/* Map a page of memory, and next to it a page of the disk, which is dropped from memory. */
static char *straddle(off_t offset)
{
	char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED ||
	    mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, disk, offset) == MAP_FAILED)
		err(1, "mmap");
	posix_fadvise(disk, offset, PAGE, POSIX_FADV_DONTNEED);
	return at + PAGE;
}

/*
 * Ask the interface for its features. The command is before PAGE, and the rest of the request in
 * PAGE. PAGE is read-only, so the error is EFAULT, or ENODEV if the interface has no backend.
 */
static void ask_interface(char *page)
{
	char *at = page - sizeof(uint32_t);

	*(uint32_t *)at = ETHTOOL_GFEATURES;
	request.ifr_data = at;
	if (!ioctl(sock, SIOCETHTOOL, &request) || (errno != EFAULT && errno != ENODEV))
		err(1, "%s was not to write into a page of the disk", request.ifr_name);
}

/*
 * Write a page of the disk to the file of an interrupt. The page is no CPU mask: EINVAL. The file
 * goes with its interrupt: open() fails with ENOENT then, and write() with EIO.
 */
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
		/* Let other tasks use the disk. */
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
