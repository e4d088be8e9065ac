// SPDX-License-Identifier: GPL-2.0
/*
 * Another user who can write in a directory of the path of an output may plant links and FIFOs
 * there, exchange files between two system calls, and rename files that belong to root. The code
 * therefore keeps these rules:
 *
 *- The path is resolved one component at a time, relative to a descriptor of the directory. A
 *  descriptor with O_PATH keeps the file that was found, and all checks use this descriptor.
 *- A link is followed only if no other user can have put it there.
 *- A file that is not regular is opened without following links. The open file must be the
 *  file that was checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "output-place.h"

#define MAX_LINKS 40	/* in one path: the kernel's limit */

void __attribute__((noreturn)) place_fail(const struct place *p)
{
	die("%s: %s", p->name, strerror(errno));
}

static bool is_of_others(const struct stat *st)
{
	return st->st_uid && st->st_uid != geteuid();
}

/*
 * Enter a directory, and store what other users can do there. In a sticky directory, such as /tmp,
 * they cannot rename files of this user or of root. But they can add entries, such as a hard link
 * to a symbolic link of root.
 */
static void enter(struct place *p, int dir)
{
	struct stat st;

	if (dir < 0 || fstat(dir, &st))
		place_fail(p);
	if (p->dir >= 0)
		close(p->dir);
	p->dir = dir;
	p->shared = st.st_mode & 022;
	p->moved |= is_of_others(&st) || (p->shared && !(st.st_mode & S_ISVTX));
}

static void enter_first(struct place *p, const char *path)
{
	enter(p, open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/*
 * Return the target of the symbolic link p->base, and append the rest of the path. Exit if another
 * user can have made the link.
 */
static char *read_link(const struct place *p, const char *rest)
{
	char target[4096], *path;
	ssize_t len;

	if (is_of_others(&p->st))
		die("%s: %s is a link of user %u: name the file to write",
		    p->name, p->base, p->st.st_uid);
	if (p->shared || p->moved)
		die("%s: %s is a link in a place where other users can make links: name the file to write",
		    p->name, p->base);
	len = readlinkat(p->at, "", target, sizeof(target) - 1);
	if (len < 0)
		place_fail(p);
	target[len] = '\0';
	if (asprintf(&path, "%s%s", target, rest) < 0)
		die("out of memory");
	return path;
}

static bool is_on_proc(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/*
 * Open the entry p->base with O_PATH, and read its attributes. Only the last component of a path
 * may be missing.
 */
static void look(struct place *p, bool last)
{
	p->at = openat(p->dir, p->base, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	p->magic = false;
	p->st.st_mode = 0;
	if (p->at < 0 && last && errno == ENOENT)
		return;
	if (p->at < 0 || fstat(p->at, &p->st))
		place_fail(p);
	if (!S_ISLNK(p->st.st_mode) || !is_on_proc(p->dir))
		return;
	/*
	 * The kernel must follow this link of /proc: the link leads to an open file, and its text
	 * is no path.
	 */
	close(p->at);
	p->magic = true;
	p->at = openat(p->dir, p->base, O_PATH | O_CLOEXEC);
	if (p->at < 0 || fstat(p->at, &p->st))
		place_fail(p);
}

/* Store the first component of @path in p->base. Return the rest of the path. */
static char *take_component(struct place *p, char *path)
{
	char *rest;

	path += strspn(path, "/");
	rest = path + strcspn(path, "/");
	free(p->base);
	p->base = strndup(path, rest - path);
	if (!p->base)
		die("out of memory");
	errno = EISDIR;
	if (!*p->base)
		place_fail(p);
	return rest;
}

/* Follow the symbolic link p->base. Return its target with the rest of the path. */
static char *follow(struct place *p, const char *rest)
{
	char *path = read_link(p, rest);

	close(p->at);
	if (*path == '/')
		enter_first(p, path);
	return path;
}

struct place place_of(const char *name)
{
	struct place p = { .name = name, .dir = -1, .at = -1 };
	char *whole = strdup(name), *rest = whole;
	int links = 0;

	if (!whole)
		die("out of memory");
	if (!*name)
		die("the name of the output is empty");
	for (enter_first(&p, name);;) {
		rest = take_component(&p, rest);
		look(&p, !*rest);
		if (S_ISLNK(p.st.st_mode)) {
			errno = ELOOP;
			if (links++ == MAX_LINKS)
				place_fail(&p);
			rest = follow(&p, rest);
			free(whole);
			whole = rest;
		} else if (*rest) {
			enter(&p, p.at);
		} else {
			break;
		}
	}
	errno = EISDIR;
	if (S_ISDIR(p.st.st_mode))
		place_fail(&p);
	free(whole);
	return p;
}

/*
 * If the name leads to an open descriptor of this process, return a duplicate of the descriptor.
 * Otherwise return -1. An example is /dev/stdout, a link to /proc/self/fd/1.
 */
static int own_descriptor(const struct place *p)
{
	struct stat st;
	char *end;
	long fd = strtol(p->base, &end, 10);

	if (!p->magic || *end || fstat(fd, &st) || st.st_dev != p->st.st_dev ||
	    st.st_ino != p->st.st_ino)
		return -1;
	return dup(fd);
}

/* Open a FIFO or a device for writing. If a FIFO has no reader, report this, and wait. */
static int open_waiting(const struct place *p, int flags)
{
	int fd = openat(p->dir, p->base, flags | O_NONBLOCK);

	if (fd >= 0 || errno != ENXIO || !S_ISFIFO(p->st.st_mode))
		return fd;
	fprintf(stderr, "%s: waiting for a reader of this FIFO\n", p->name);
	return openat(p->dir, p->base, flags);
}

/*
 * Open a FIFO or a device, and check that it is still the file that place_of() found. Another user
 * may have replaced it meanwhile.
 */
static int open_checked(const struct place *p)
{
	struct stat st;
	int fd;

	if (S_ISREG(p->st.st_mode))
		die("%s: this is an open file of another process: name the file itself", p->name);
	if (is_of_others(&p->st))
		die("%s: not a regular file, and belongs to user %u: name another file",
		    p->name, p->st.st_uid);
	if (p->moved)
		die("%s: not a regular file, and another user may have put it there: name another file",
		    p->name);
	fd = open_waiting(p, O_WRONLY | O_CLOEXEC | O_NOCTTY | (p->magic ? 0 : O_NOFOLLOW));
	if (fd < 0 || fstat(fd, &st))
		place_fail(p);
	if (st.st_dev != p->st.st_dev || st.st_ino != p->st.st_ino)
		die("%s: another process has replaced this file meanwhile: try again", p->name);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK))
		place_fail(p);
	return fd;
}

int place_open_special(const struct place *p)
{
	int fd;

	if (!p->magic && (!p->st.st_mode || S_ISREG(p->st.st_mode)))
		return -1;
	fd = own_descriptor(p);
	return fd < 0 ? open_checked(p) : fd;
}

void place_free(struct place *p)
{
	if (p->at >= 0)
		close(p->at);
	close(p->dir);
	free(p->base);
}
