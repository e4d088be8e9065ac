/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RACE_H
#define RACE_H

/* Domains that never run, and the two calls. */
#include "../malformed/malformed.h"

/* For contexts of any domain here. */
#define CONTEXT_ROOM	(1u << 20)

/* Is it framed, and do its tables have as many entries as they say, in order? NULL, or why not. */
const char *context_unsound(const unsigned char *stream, size_t size);

#endif
