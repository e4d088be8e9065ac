/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors and memory, for the tools of dom0. die() frees no memory, because the process ends.
 */
#ifndef UTIL_H
#define UTIL_H

#include <stddef.h>

extern const char program[];	/* each program defines its name */

/* Print an error message in one line, and exit with status 2. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* If on_die is not NULL, die() passes the message to it. It must not return. */
extern void (*on_die)(const char *line);
/* Call reallocarray(), and die() if there is no memory. */
void *grow(void *old, size_t nr, size_t size);

#endif
