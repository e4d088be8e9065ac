// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into libxl-save-helper: ignore SIGPIPE, so that the process does not end when the
 * reader of the stream has closed it. Then the write fails, and the process reports the error, as
 * if a disk were full, or a peer had reset a connection.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

static void __attribute__((constructor)) go_on(void)
{
	if (!strcmp(program_invocation_short_name, "libxl-save-helper"))
		signal(SIGPIPE, SIG_IGN);
}
