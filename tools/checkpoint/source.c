// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util.h"
#include "image.h"

enum { BUFFER_BYTES = 1 << 20 };

struct source {
	int fd;
	unsigned char *bytes;
	size_t begin, end;	/* of what was read and not taken */
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
	free(s->bytes);
	free(s);
}

static bool fill(struct source *s)
{
	ssize_t n;

	do
		n = read(s->fd, s->bytes, BUFFER_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	s->begin = 0;
	s->end = n;
	return true;
}

ssize_t source_read(struct source *s, void *data, size_t len)
{
	size_t n;

	if (s->begin == s->end && !fill(s))
		return -1;
	n = s->end - s->begin;
	if (n > len)
		n = len;
	memcpy(data, s->bytes + s->begin, n);
	s->begin += n;
	return n;
}
