/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the name of an output leads to, and the rules for links and special files: output.h.
 */
#ifndef OUTPUT_PLACE_H
#define OUTPUT_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

struct place {
	const char *name;	/* as the user gave it, for errors */
	int dir;		/* the directory */
	char *base;		/* the name there */
	int at;			/* what is there, or -1. While it is open, no file gets its inode */
	struct stat st;		/* of what is there; st_mode is 0 if nothing is */
	bool magic;		/* base is a link of /proc to an open file */
	bool shared;		/* other users can add entries to dir */
	bool moved;		/* other users can have renamed what is there, or a parent */
};

/* The program defines this. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Resolve a name. If nothing is there, its directory must exist. All of these call die(). */
struct place place_of(const char *name);
/* Open what is not a regular file. Returns -1 if it is one, or if nothing is there. */
int place_open_special(const struct place *p);
void place_free(struct place *p);
void place_fail(const struct place *p) __attribute__((noreturn));

#endif
