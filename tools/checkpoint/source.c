// SPDX-License-Identifier: GPL-2.0
/* Read an image. Its first bytes show whether zstd has compressed it. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#include "../util.h"
#include "image.h"

enum {
	BUFFER_BYTES = 1 << 20,
	MAGIC_BYTES = 4,	/* the magic number of zstd */
};

struct source {
	int fd;
	unsigned char *bytes;
	size_t begin, end;	/* of the data in bytes that was read, but not taken */
	uint64_t taken;		/* bytes that source_take() has returned */
	bool started;
	ZSTD_DStream *zstd;	/* NULL: the image is not compressed */
	size_t missing;		/* bytes that zstd expects; 0: the frame is complete */
};

struct source *source_open(int fd)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		die("out of memory");
	s->fd = fd;
	s->bytes = grow(NULL, BUFFER_BYTES, 1);
	return s;
}

void source_close(struct source *s)
{
	ZSTD_freeDStream(s->zstd);
	free(s->bytes);
	free(s);
}

/* Append the result of one read() to the buffer. */
static bool fill(struct source *s)
{
	ssize_t n;

	if (s->begin == s->end) {
		s->begin = 0;
		s->end = 0;
	}
	do
		n = read(s->fd, s->bytes + s->end, BUFFER_BYTES - s->end);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		s->end += n;
	return n >= 0;
}

static bool is_zstd(const void *bytes)
{
	uint32_t magic;

	memcpy(&magic, bytes, sizeof(magic));
	return le32toh(magic) == ZSTD_MAGICNUMBER;
}

/* Retry reads, because the first read of a pipe may return only a part of the magic number. */
static bool start(struct source *s)
{
	size_t before;

	do {
		before = s->end;
		if (!fill(s))
			return false;
	} while (s->end > before && s->end < MAGIC_BYTES);
	s->started = true;
	if (s->end < MAGIC_BYTES || !is_zstd(s->bytes))
		return true;
	s->zstd = ZSTD_createDStream();
	if (!s->zstd)
		die("out of memory");
	return true;
}

/*
 * Return decompressed bytes, and 0 at the end. zstd takes the last byte of a frame only when it has
 * returned all decompressed bytes.
 */
static ssize_t decompress(struct source *s, void *data, size_t len)
{
	ZSTD_outBuffer to = { data, len, 0 };

	for (;;) {
		ZSTD_inBuffer from = { s->bytes, s->end, s->begin };

		if (s->begin < s->end)
			s->missing = ZSTD_decompressStream(s->zstd, &to, &from);
		s->begin = from.pos;
		if (ZSTD_isError(s->missing))
			break;
		if (to.pos)
			return to.pos;
		if (s->begin < s->end)
			continue;
		if (!fill(s))
			return -1;
		if (s->end)
			continue;
		if (!s->missing)
			return 0;
		break;
	}
	errno = EBADMSG;
	return -1;
}

bool image_is_compressed(int fd)
{
	unsigned char magic[MAGIC_BYTES];

	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) && is_zstd(magic);
}

ssize_t source_read(struct source *s, void *data, size_t len)
{
	size_t n;

	if (!s->started && !start(s))
		return -1;
	if (s->zstd)
		return decompress(s, data, len);
	if (s->begin == s->end && !fill(s))
		return -1;
	n = s->end - s->begin;
	if (n > len)
		n = len;
	memcpy(data, s->bytes + s->begin, n);
	s->begin += n;
	return n;
}

bool source_take(struct source *s, void *data, size_t len)
{
	for (char *to = data; len;) {
		ssize_t n = source_read(s, to, len);

		if (!n)
			errno = ENODATA;
		if (n <= 0)
			return false;
		s->taken += n;
		to += n;
		len -= n;
	}
	return true;
}

uint64_t source_taken(const struct source *s)
{
	return s->taken;
}
