// SPDX-License-Identifier: GPL-2.0
/*
 * Finish an image in a file, when the domain runs again:
 *
 *	check		reject an image that is not sound
 *	compact		with --compress, or if this saves at least a tenth of the image. Otherwise
 *			dom0 would read and write the whole image again to save little. The image of
 *			a domain that cannot be resumed is compacted only with --compress, whose
 *			errors destroy it
 *	compress	with --compress, while it is compacted: from the file without a name to
 *			the output file
 *	check		the result: it must be sound, and have as many pages and page tables as
 *			before
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "main.h"

enum { LEAST_SHARE = 10 };	/* compact if this saves 1 / LEAST_SHARE of the image */

/* Open the file of @fd again, to get a descriptor with its own offset. */
static int open_again(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

static bool fails(const char *what)
{
	give_up(FAILED, "the image cannot be %s: %s", what, strerror(errno));
	return false;
}

static bool check(int fd, struct verdict *v, struct pages **pages)
{
	int in = open_again(fd, O_RDONLY);

	if (in < 0)
		return fails("read");
	image_check(in, -1, v, pages);
	close(in);
	if (v->failed)
		give_up(FAILED, "%s", v->what);
	else if (!v->sound)
		give_up(UNSOUND, "the image is not sound: %s", v->what);
	return v->sound;
}

static bool compact(int from, int to, struct pages *pages)
{
	int in = open_again(from, O_RDONLY), out = open_again(to, O_WRONLY);
	bool done = in >= 0 && out >= 0 && image_compact(in, out, pages, from != to);

	if (!done)
		fails("compacted");
	close(in);
	close(out);
	return done;
}

static bool is_worth_it(const struct verdict *v)
{
	return (v->old + v->zero) * XC_PAGE_SIZE >= v->bytes / LEAST_SHARE;
}

static bool check_again(int fd, const struct verdict *before)
{
	struct verdict v;

	if (!check(fd, &v, NULL))
		return false;
	if (v.pages == before->pages && v.tables == before->tables && !v.old)
		return true;
	give_up(UNSOUND, "the compacted image does not have the pages of the original image");
	return false;
}

bool finish(int from, int to, uint64_t *bytes)
{
	struct pages *pages = NULL;
	struct verdict v;
	struct stat st;
	bool good = check(from, &v, &pages);

	if (good && (from != to || (!shared->stuck && is_worth_it(&v))))
		good = compact(from, to, pages) && check_again(to, &v);
	pages_free(pages);
	if (good && fstat(to, &st))
		return fails("read");
	*bytes = good ? st.st_size : 0;
	return good;
}
