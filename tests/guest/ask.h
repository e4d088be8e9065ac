/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ASK_H
#define ASK_H

#include <netinet/in.h>
#include <stdint.h>

struct guest {
	const char *name;	/* as the user wrote it */
	struct sockaddr_in sin;
	int64_t deadline;	/* CLOCK_MONOTONIC, ns */
};

struct answer {
	char *text;		/* malloc'ed, may be NULL if empty */
	size_t len;
	int code;		/* exit status in the dot line, or 0 */
};

/* Return: 0, EXIT_TIMEOUT, or EXIT_ERROR if an exec request may have been half done. */
int ask(const struct guest *g, const char *request, struct answer *a);
int advance(const struct guest *g);

#endif
