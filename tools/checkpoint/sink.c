// SPDX-License-Identifier: GPL-2.0
/*
 * Zero pages become holes of the file, because an image has no shorter form for them: a page that
 * a restore only allocates (XALLOC) may contain what its last owner left there.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util.h"
#include "image.h"
#include "records.h"

enum {
	BUFFER_BYTES = 1 << 20,
	LEAST_HOLE = 1 << 16,	/* each hole costs the file system an extent */
};

struct sink {
	int fd;
	unsigned char *bytes;
	size_t len;		/* of what is not written yet, */
	uint64_t zeros;		/* and so many zeros after it */
	uint64_t written;
};

struct sink *sink_open(int fd)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s)
		die("out of memory");
	s->fd = fd;
	s->bytes = grow(NULL, BUFFER_BYTES, 1);
	return s;
}

bool is_zero(const void *page)
{
	const uint64_t *word = page;

	return !*word && !memcmp(word, word + 1, PAGE_BYTES - sizeof(*word));
}

static bool flush(struct sink *s)
{
	size_t len = s->len;

	s->len = 0;
	s->written += len;
	return write_all(s->fd, s->bytes, len);
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

/* Some file systems have no holes. */
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

	if (s->zeros >= LEAST_HOLE) {
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
	return end_zeros(s) && flush(s) && !ftruncate(s->fd, s->written);
}

void sink_close(struct sink *s)
{
	free(s->bytes);
	free(s);
}
