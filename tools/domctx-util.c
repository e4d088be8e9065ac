// SPDX-License-Identifier: GPL-2.0
/* Read a stream from a file or from standard input. */
#include <errno.h>
#include <string.h>

#include "domctx.h"

/* Read up to MAX_STREAM + 1 bytes, so that context_parse() can reject a stream that is too long. */
uint8_t *read_file(const char *name, size_t *size)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "r") : stdin;
	uint8_t *bytes = grow(NULL, 1, MAX_STREAM + 1);

	if (!in)
		die("%s: %s", name, strerror(errno));
	*size = fread(bytes, 1, MAX_STREAM + 1, in);
	if (ferror(in))
		die("%s: %s", name, strerror(errno));
	if (in != stdin)
		fclose(in);
	return bytes;
}
