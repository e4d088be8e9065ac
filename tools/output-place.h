/* SPDX-License-Identifier: GPL-2.0 */
/* Resolve the name of an output, and check links and special files by the rules in output.h. */
#ifndef OUTPUT_PLACE_H
#define OUTPUT_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

struct place {
	const char *name;	/* as the user gave it, for error messages */
	int dir;		/* descriptor of the directory of base */
	char *base;		/* the last component of the path */
	int at;			/* of base, or -1; while it is open, no file gets its inode */
	struct stat st;		/* of base; st_mode is 0 if base does not exist */
	bool magic;		/* base is a link of /proc to an open file */
	bool shared;		/* other users can add entries to the directory */
	bool moved;		/* other users can have renamed base, or a directory of its path */
};

/* Each program defines die(). */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * Resolve a name. Its file may be missing, but the directory of the file must exist. All functions
 * below call die() if they fail.
 */
struct place place_of(const char *name);
/*
 * Open a FIFO, a device or an inherited descriptor. Return -1 if the place is a regular file or
 * does not exist.
 */
int place_open_special(const struct place *p);
void place_free(struct place *p);
void place_fail(const struct place *p) __attribute__((noreturn));

#endif
