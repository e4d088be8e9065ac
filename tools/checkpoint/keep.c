// SPDX-License-Identifier: GPL-2.0
/*
 * --keep N: the image gets the name FILE.TIME, and the oldest images are removed when the new
 * one is complete. A file is removed only if all of this is true:
 *
 *	its name	is FILE, a dot and a time as keep_name() writes it
 *	its type	is a regular file, of this user
 *	its content	begins as an image, and has the mark of xen-checkpoint
 */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "main.h"

#define TIME_FORMAT "%Y%m%dT%H%M%SZ"
#define TIME_PATTERN "dddddddd" "T" "dddddd" "Z"

char *keep_name(const char *file)
{
	time_t now = time(NULL);
	char text[32], *name;

	strftime(text, sizeof(text), TIME_FORMAT, gmtime(&now));
	if (asprintf(&name, "%s.%s", file, text) < 0)
		die("out of memory");
	if (!access(name, F_OK))
		die("%s: this file exists already", name);
	return name;
}

static bool is_time(const char *text)
{
	const char *pattern = TIME_PATTERN;

	if (strlen(text) != strlen(pattern))
		return false;
	for (; *text; text++, pattern++)
		if (*pattern == 'd' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return true;
}

static const char *base;	/* an argument of filter(), which scandir() cannot pass */

static int filter(const struct dirent *entry)
{
	size_t len = strlen(base);

	return !strncmp(entry->d_name, base, len) && entry->d_name[len] == '.' &&
	       is_time(entry->d_name + len + 1);
}

static bool is_image(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       image_is_ours(path);
}

/*
 * Remove old images, except the newest ones. The names sort by time. Keep the new image even if the
 * clock was set back, and the name of the image is not the newest.
 */
void keep_prune(const char *file, unsigned int keep, const char *new)
{
	char *for_dir = strdup(file), *for_base = strdup(file), *path;
	struct dirent **names;
	const char *dir, *new_base = strrchr(new, '/') ? strrchr(new, '/') + 1 : new;
	unsigned int kept = 1;
	int nr;

	if (!for_dir || !for_base)
		die("out of memory");
	dir = dirname(for_dir);
	base = basename(for_base);
	nr = scandir(dir, &names, filter, alphasort);
	if (nr < 0)
		report_warn("%s: cannot look for old images: %s", dir, strerror(errno));
	while (nr-- > 0) {
		if (asprintf(&path, "%s/%s", dir, names[nr]->d_name) < 0)
			die("out of memory");
		if (strcmp(names[nr]->d_name, new_base) && is_image(path) && ++kept > keep && unlink(path))
			report_warn("%s: cannot remove this old image: %s", path, strerror(errno));
		free(path);
		free(names[nr]);
	}
	free(for_dir);
	free(for_base);
}
