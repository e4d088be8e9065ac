// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into libxl-save-helper: ignore SIGPIPE, so that the process does not end when nobody
 * reads the stream any more. The write fails, and the process reports this, as it does when a disk
 * is full or a peer resets a connection.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

static void __attribute__((constructor)) go_on(void)
{
	if (!strcmp(program_invocation_short_name, "libxl-save-helper"))
		signal(SIGPIPE, SIG_IGN);
}
