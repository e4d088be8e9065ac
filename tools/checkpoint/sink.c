// SPDX-License-Identifier: GPL-2.0
/*
 * Write an image. Rows of zero pages become holes in the file, because the format has no shorter
 * form of a zero page. The type XALLOC is no such form: a restore only allocates such a page, and
 * the page may contain data of its last owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#include "../util.h"
#include "image.h"
#include "records.h"

enum {
	BUFFER_BYTES = 1 << 20,
	LEAST_HOLE = 1 << 16,	/* smaller holes are not worth an extent of the file system */
};

struct sink {
	int fd;
	unsigned char *bytes;
	size_t len;		/* length of the data in bytes, which is not written yet */
	uint64_t zeros;		/* zero bytes to write after this data */
	uint64_t written;
	ZSTD_CStream *zstd;	/* NULL: the image is not compressed */
	unsigned char *compressed;
};

struct sink *sink_open(int fd, bool compress)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s)
		die("out of memory");
	s->fd = fd;
	s->bytes = grow(NULL, BUFFER_BYTES, 1);
	if (!compress)
		return s;
	s->compressed = grow(NULL, ZSTD_CStreamOutSize(), 1);
	s->zstd = ZSTD_createCStream();
	if (!s->zstd)
		die("out of memory");
	ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1);
	return s;
}

bool is_zero(const void *page)
{
	const uint64_t *word = page;

	return !*word && !memcmp(word, word + 1, PAGE_BYTES - sizeof(*word));
}

static bool write_out(struct sink *s, const void *data, size_t len)
{
	s->written += len;
	return write_all(s->fd, data, len);
}

static bool compress(struct sink *s, ZSTD_EndDirective what)
{
	ZSTD_inBuffer from = { s->bytes, s->len, 0 };
	size_t left;

	do {
		ZSTD_outBuffer to = { s->compressed, ZSTD_CStreamOutSize(), 0 };

		left = ZSTD_compressStream2(s->zstd, &to, &from, what);
		if (ZSTD_isError(left)) {
			errno = ENOMEM;
			return false;
		}
		if (!write_out(s, s->compressed, to.pos))
			return false;
	} while (what == ZSTD_e_end ? left : from.pos < from.size);
	return true;
}

static bool flush(struct sink *s)
{
	bool done = s->zstd ? compress(s, ZSTD_e_continue) : write_out(s, s->bytes, s->len);

	s->len = 0;
	return done;
}

static bool append(struct sink *s, const void *data, size_t len)
{
	const unsigned char *next = data;

	for (size_t n; len; next += n, len -= n) {
		if (s->len == BUFFER_BYTES && !flush(s))
			return false;
		n = BUFFER_BYTES - s->len;
		if (n > len)
			n = len;
		memcpy(s->bytes + s->len, next, n);
		s->len += n;
	}
	return true;
}

/*
 * Make a hole for the zeros. If the file system has no holes, s->zeros stays, and the caller writes
 * zeros.
 */
static void make_hole(struct sink *s)
{
	if (fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, s->written, s->zeros) ||
	    lseek(s->fd, s->zeros, SEEK_CUR) < 0)
		return;
	s->written += s->zeros;
	s->zeros = 0;
}

static bool end_zeros(struct sink *s)
{
	static const unsigned char zeros[PAGE_BYTES];

	if (s->zeros >= LEAST_HOLE && !s->zstd) {
		if (!flush(s))
			return false;
		make_hole(s);
	}
	for (; s->zeros; s->zeros -= sizeof(zeros))
		if (!append(s, zeros, sizeof(zeros)))
			return false;
	return true;
}

bool sink_write(struct sink *s, const void *data, size_t len)
{
	return end_zeros(s) && append(s, data, len);
}

bool sink_page(struct sink *s, const void *data)
{
	if (!is_zero(data))
		return sink_write(s, data, PAGE_BYTES);
	s->zeros += PAGE_BYTES;
	return true;
}

bool sink_end(struct sink *s)
{
	return end_zeros(s) && flush(s) && (!s->zstd || compress(s, ZSTD_e_end)) &&
	       !ftruncate(s->fd, s->written);
}

void sink_close(struct sink *s)
{
	ZSTD_freeCStream(s->zstd);
	free(s->compressed);
	free(s->bytes);
	free(s);
}
