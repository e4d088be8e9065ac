/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RACE_H
#define RACE_H

/* For domain_*(), which build domains that never run, and context_*(), which call Xen. */
#include "../malformed/malformed.h"

/* Bytes of a buffer that is large enough for the context of each domain of this case. */
#define CONTEXT_ROOM	(1u << 20)

/*
 * Check the framing of a context, and the number and order of the entries in its tables. Return:
 * NULL, or the fault.
 */
const char *context_unsound(const unsigned char *stream, size_t size);

#endif
