// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util.h"
#include "image.h"

enum { BUFFER_BYTES = 1 << 20 };

struct sink {
	int fd;
	unsigned char *bytes;
	size_t len;		/* of what is not written yet */
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

static bool flush(struct sink *s)
{
	size_t len = s->len;

	s->len = 0;
	s->written += len;
	return write_all(s->fd, s->bytes, len);
}

bool sink_write(struct sink *s, const void *data, size_t len)
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

bool sink_end(struct sink *s)
{
	return flush(s) && !ftruncate(s->fd, s->written);
}

void sink_close(struct sink *s)
{
	free(s->bytes);
	free(s);
}
