/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors and memory, for the tools of dom0. die() frees no memory, because the process ends.
 */
#ifndef UTIL_H
#define UTIL_H

#include <stddef.h>

extern const char program[];	/* each program defines its name */

/* Print one line, and exit with 2. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* If it is set, die() calls it instead, with the line. It must not return. */
extern void (*on_die)(const char *line);
/* reallocarray(), or die(). */
void *grow(void *old, size_t nr, size_t size);

#endif
