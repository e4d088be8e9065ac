// SPDX-License-Identifier: GPL-2.0
/*
 * libxenguest writes the image to a descriptor. The helper connects this descriptor to:
 *
 *	the image	while the domain runs
 *	memory		in the pause: a slow disk or reader would make the pause longer, and a
 *			full disk would fail the save during the pause
 *	nothing		after an abort: only a failed write stops libxenguest. Its error path
 *			switches log-dirty mode off
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checkpoint.h"
#include "image.h"

/*
 * Keep at most so many pages in memory, which dom0 can reclaim from its page cache. If there are
 * more, they are written to the image in the pause.
 */
enum { MOST_PAGES = (64 << 20) / XC_PAGE_SIZE };

static int stream = -1, nowhere = -1, memory = -1;
static volatile int image = -1;		/* another descriptor of the image, or -1 */
static volatile sig_atomic_t broken;

void stream_open(int fd)
{
	stream = fd;
	nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nowhere < 0)
		die("/dev/null: %s", strerror(errno));
}

/*
 * Let all writes fail from now on. A signal handler also calls this, and may interrupt copy_out()
 * while the reader of the image stalls: for an HVM domain, in the pause.
 */
void stream_break(void)
{
	int error = errno;

	broken = 1;
	if (dup2(nowhere, stream) < 0 || (image >= 0 && dup2(nowhere, image) < 0))
		abort();
	errno = error;
}

bool stream_is_broken(void)
{
	return broken;
}

static void lead_to(int fd)
{
	if (dup2(fd, stream) < 0)
		abort();
	/* If a signal has broken the stream before dup2(), break it again. */
	if (broken)
		stream_break();
}

void stream_hold(unsigned long pages)
{
	if (pages > MOST_PAGES || broken)
		return;
	memory = memfd_create("xen-checkpoint", MFD_CLOEXEC);
	image = fcntl(stream, F_DUPFD_CLOEXEC, 0);
	if (memory >= 0 && image >= 0) {
		lead_to(memory);
		return;
	}
	close(memory);
	memory = -1;
}

static bool copy_out(void)
{
	off_t len = lseek(memory, 0, SEEK_CUR);
	void *bytes;
	bool good;

	if (!len)
		return true;
	bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, memory, 0);
	if (bytes == MAP_FAILED)
		return false;
	good = write_all(image, bytes, len);
	munmap(bytes, len);
	return good;
}

void stream_release(void)
{
	if (memory < 0 || broken)
		return;
	if (!copy_out()) {
		give_up(FAILED, "the image cannot be written: %s", strerror(errno));
		stream_break();
	}
	lead_to(image);
	close(memory);
	memory = -1;
}
