// SPDX-License-Identifier: GPL-2.0
/*
 * fuse DIR DELAY: in the guest, mount a FUSE file system on DIR, and serve it. The file system has
 * one file, "file". DELAY is a file with a number of milliseconds: how long the server waits before
 * it answers a read or a stat. The server reads this number each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILE_NODE = 2, BYTES = 65536, MOST = 1 << 17 };

static struct {
	struct fuse_in_header header;
	union {
		struct fuse_init_in init;
		struct fuse_read_in read;
		char name[MOST];
	};
} request;
static int fuse;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Answer a request. ENOENT is no error: the client was killed, and the kernel drops the answer. */
static void answer(int error, const void *data, size_t size)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + size,
		.error = -error,
		.unique = request.header.unique,
	};
	struct iovec parts[] = { { &header, sizeof(header) }, { (void *)data, size } };

	if (writev(fuse, parts, 2) < 0 && errno != ENOENT)
		fail("answer");
}

static struct fuse_attr attributes(uint64_t node)
{
	bool is_file = node == FILE_NODE;

	return (struct fuse_attr){
		.ino = node,
		.mode = is_file ? S_IFREG | 0444 : S_IFDIR | 0555,
		.size = is_file ? BYTES : 0,
		.nlink = 1,
		.blksize = 4096,
	};
}

static void wait_for(const char *delay)
{
	unsigned long ms = 0;
	FILE *f = fopen(delay, "r");

	if (f && fscanf(f, "%lu", &ms) != 1)
		ms = 0;
	if (f)
		fclose(f);
	usleep(ms * 1000);
}

static void serve(const char *delay)
{
	static const char data[BYTES] = { [0 ... BYTES - 1] = 'x' };
	struct fuse_init_out init = { FUSE_KERNEL_VERSION, 31, .max_write = 4096, .time_gran = 1 };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attributes(FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attributes(request.header.nodeid) };
	struct fuse_open_out file = { .open_flags = 0 };
	size_t left;

	switch (request.header.opcode) {
	case FUSE_INIT:
		return answer(0, &init, sizeof(init));
	case FUSE_LOOKUP:
		if (strcmp(request.name, "file"))
			return answer(ENOENT, NULL, 0);
		return answer(0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		wait_for(delay);
		return answer(0, &attr, sizeof(attr));
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		return answer(0, &file, sizeof(file));
	case FUSE_READ:
		wait_for(delay);
		left = request.read.offset < BYTES ? BYTES - request.read.offset : 0;
		return answer(0, data, request.read.size < left ? request.read.size : left);
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		return answer(0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;		/* the kernel expects no answer */
	default:
		return answer(ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	char options[128];

	if (argc != 3) {
		fputs("usage: fuse DIR DELAY\n", stderr);
		return 2;
	}
	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		fail("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	if (mount("fuse", argv[1], "fuse.nest", MS_NOSUID | MS_NODEV, options))
		fail(argv[1]);
	for (;;) {
		if (read(fuse, &request, sizeof(request)) < 0) {
			/* EINTR: this server was frozen. ENODEV: the file system was unmounted. */
			if (errno == EINTR || errno == ENOENT || errno == EAGAIN)
				continue;
			return errno != ENODEV;
		}
		serve(argv[2]);
	}
}
