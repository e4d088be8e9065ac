// SPDX-License-Identifier: GPL-2.0
/*
 * Read and write files. A file is written under a temporary name and renamed
 * when it is complete, so no reader sees half a file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "series.h"

static char *scratch;

/*
 * Return whether a file exists. A dangling link counts, because it would be in
 * the way of a new file.
 */
bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/*
 * Read a file, and put a NUL behind its text, so that the text is a string:
 * source files contain no NUL. Accept only regular files, because a read of a
 * FIFO would block.
 */
static char *slurp_len(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	char *text;

	if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode))
		die("%s: cannot read it%s%s", path, f ? "" : ": ",
		    f ? ", it is no plain file" : strerror(errno));
	text = calloc(1, st.st_size + 1);
	if (!text)
		die("%s: out of memory", path);
	*len = fread(text, 1, st.st_size, f);
	if (*len != (size_t)st.st_size)
		die("%s: it became shorter while it was read", path);
	fclose(f);
	return text;
}

char *slurp(const char *path)
{
	size_t len;

	return slurp_len(path, &len);
}

void make_parents(const char *path)
{
	char *p = fmt("%s", path);

	for (char *c = strchr(p + 1, '/'); c; c = strchr(c + 1, '/')) {
		*c = 0;
		if (mkdir(p, 0777) && errno != EEXIST)
			die("%s: cannot make this directory: %m", p);
		*c = '/';
	}
}

static bool write_all(int fd, const char *text, size_t len, bool executable)
{
	mode_t mask = umask(077);

	umask(mask);
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			return false;
		text += n;
		len -= n;
	}
	return !fchmod(fd, executable ? 0755 : 0666 & ~mask);
}

/*
 * Write a file. A process that reads @path at any moment gets the old text or
 * the new one.
 */
void spill(const char *path, const char *text, size_t len, bool executable)
{
	char *parent = fmt("%s", path), *base = fmt("%s", path), *tmp = NULL;
	int dir, fd;

	make_parents(path);
	dir = open(dirname(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	base = basename(base);
	fd = dir < 0 ? -1 : output_temporary(dir, base, &tmp);
	if (fd < 0)
		die("%s: cannot write it: %m", path);
	if (!write_all(fd, text, len, executable) || close(fd) ||
	    renameat(dir, tmp, dir, base)) {
		int err = errno;

		unlinkat(dir, tmp, 0);
		die("%s: cannot write it: %s", path, strerror(err));
	}
	close(dir);
}

/* Copy a file, and the execute bit of its mode: git keeps no other bit. */
void copy_file(const char *from, const char *to)
{
	size_t len;
	char *text = slurp_len(from, &len);

	spill(to, text, len, !access(from, X_OK));
}

/*
 * Compare the content and the execute bit of two files. Two missing files are
 * the same.
 */
bool same_file(const char *a, const char *b)
{
	size_t la, lb;
	char *ta, *tb;

	if (!exists(a) || !exists(b))
		return exists(a) == exists(b);
	ta = slurp_len(a, &la);
	tb = slurp_len(b, &lb);
	return la == lb && !memcmp(ta, tb, la) &&
	       !access(a, X_OK) == !access(b, X_OK);
}

/*
 * List all files below @dir, sorted. Leave out files whose name begins with a
 * dot.
 */
void list_files(const char *dir, struct list *l)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char *path = fmt("%s/%s", dir, names[i]->d_name);
		struct stat st;

		if (names[i]->d_name[0] == '.' || lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			list_files(path, l);
		else
			add_string(l, path);
	}
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Remove a directory with all its files. Links are removed, not followed. */
void remove_all(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void drop_scratch(void)
{
	remove_all(scratch);
}

/*
 * Return a directory for files that are not complete. It is on the file system
 * of the result, so that these files can be renamed. It is removed when the
 * process exits.
 */
const char *scratch_dir(const char *beside)
{
	if (scratch)
		return scratch;
	scratch = fmt("%s.series-XXXXXX", beside);
	make_parents(scratch);
	if (!mkdtemp(scratch))
		die("%s: cannot make a scratch directory here: %m", scratch);
	scratch = realpath(scratch, NULL);
	atexit(drop_scratch);
	return scratch;
}
