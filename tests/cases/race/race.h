/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RACE_H
#define RACE_H

/* Domains that never run, and the two calls. */
#include "../malformed/malformed.h"

/* Large enough for the context of each domain of this case. */
#define CONTEXT_ROOM	(1u << 20)

/* Check the framing, and the number and order of entries in tables. Returns NULL, or the fault. */
const char *context_unsound(const unsigned char *stream, size_t size);

#endif
