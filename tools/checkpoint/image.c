// SPDX-License-Identifier: GPL-2.0
/*
 * Write and read the header that xl save puts in front of libxl's stream, as in xl.h of Xen 4.17:
 *
 *	header		magic, byte order, flags, and the length of what follows
 *	u32		the length of the configuration, with its final NUL
 *	configuration	JSON
 *	mark		ours: xl restore skips it. --keep removes only files that have it
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "main.h"

const char image_magic[IMAGE_MAGIC_BYTES] = "Xen saved domain, xl format\n \0 \r";

bool write_all(int fd, const void *data, size_t len)
{
	const char *next = data;

	while (len) {
		ssize_t n = write(fd, next, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		next += n;
		len -= n;
	}
	return true;
}

bool image_header(int fd, const char *config)
{
	uint32_t config_len = strlen(config) + 1;
	struct image_header header = {
		.byte_order = IMAGE_BYTE_ORDER,
		.mandatory_flags = IMAGE_JSON | IMAGE_STREAM_V2,
		.data_len = sizeof(config_len) + config_len + sizeof(IMAGE_MARK),
	};

	memcpy(header.magic, image_magic, sizeof(header.magic));
	return write_all(fd, &header, sizeof(header)) &&
	       write_all(fd, &config_len, sizeof(config_len)) &&
	       write_all(fd, config, config_len) &&
	       write_all(fd, IMAGE_MARK, sizeof(IMAGE_MARK));
}

static bool skip(struct source *s, size_t len)
{
	char piece[PATH_BYTES];

	for (size_t n; len; len -= n) {
		n = len < sizeof(piece) ? len : sizeof(piece);
		if (!source_take(s, piece, n))
			return false;
	}
	return true;
}

bool image_is_ours(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char mark[sizeof(IMAGE_MARK)];
	struct image_header header;
	struct source *s;
	bool ours;

	if (fd < 0)
		return false;
	s = source_open(fd);
	ours = source_take(s, &header, sizeof(header)) &&
	       !memcmp(header.magic, image_magic, sizeof(header.magic)) &&
	       header.data_len >= sizeof(mark) &&
	       skip(s, header.data_len - sizeof(mark)) &&
	       source_take(s, mark, sizeof(mark)) &&
	       !memcmp(mark, IMAGE_MARK, sizeof(mark));
	source_close(s);
	close(fd);
	return ours;
}
