/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write output files. A file appears only when it is complete, and other users who can write in its
 * directory cannot redirect the output.
 *
 *	name			the output is written to
 *	new, or a file		a temporary file beside it, which is renamed when it is complete
 *	a link			the target of the link, by these rules. The link must belong to
 *				this user or to root, and other users must not be able to
 *				write in its directory, or to rename a directory of its path
 *	a FIFO or a device	itself. It must belong to this user or to root, and other users
 *				must not be able to rename it. If a FIFO has no reader, a line
 *				on standard error reports this, and the program waits
 *	/dev/stdout,		the open file. Its owner makes no difference
 *	/dev/fd/N
 *	- or NULL		standard output
 *
 * The rules for links apply to all links of a path. Other users can write in a directory if it
 * belongs to another user, or if its mode permits it. In a sticky directory, other users cannot
 * rename what belongs to this user or to root.
 *
 * The temporary file is removed at exit and at all signals that end a process, except
 * SIGKILL. A process has one output at a time. The program defines die().
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

enum output_mode {
	OUTPUT_PUBLIC,	/* a new file has the mode of umask; a file of this user keeps its mode */
	OUTPUT_PRIVATE,	/* 0600, also if the old file had another mode: it holds a guest's state */
};

/* Open or close the output. On failure, call die() with a line that begins with the name. */
FILE *output_open(const char *name, enum output_mode mode);
void output_close(FILE *out, const char *name);
/* Return whether the open output is a temporary file, which output_close() will rename. */
bool output_is_new(void);

/*
 * Create a file in the directory. Its random name begins with @base, so that no other user can have
 * planted a link there. Return the descriptor, and set the name, which must be freed; or return -1
 * and set errno.
 */
int output_temporary(int dir, const char *base, char **name);

#endif
