// SPDX-License-Identifier: GPL-2.0
/* Emulate standard output for store-fuzz: full, or a write accepts only a part of a line. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "store.h"

unsigned int full_ms, full_steps, part, again;
unsigned long lines;
static struct { char bytes[LINE_BYTES]; size_t len; } line;

bool line_is_whole(void) { return !line.len; }

/*
 * Emulate poll() of the output. While suspend-watch waits, no watch may be set: otherwise events
 * would fill the queue of its xenstore connection.
 */
int fuzz_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	MUST(!nr || (nr == 1 && fds->fd == 1));
	if (!nr) {
		MUST(!nr_watches);
		now += timeout;
		return 0;
	}
	if (!full_ms)
		return 1;
	if (!timeout)
		return 0;
	MUST(!nr_watches);
	now += full_ms;
	full_ms = 0;
	for (; full_steps; full_steps--)
		change_world(next());
	return 1;
}

/*
 * Check that a line is true of its domain. The format is TIME dHANDLE(ID) EVENT. Skip the check if
 * suspend-watch read nodes before it looked at all domains: another domain may have got the id.
 */
static void check_report(void)
{
	unsigned int of, id;
	int at = 0;

	if (json || was_late || sscanf(line.bytes, "%*s d%u(%u) %n", &of, &id, &at) != 2 || !at)
		return;
	MUST(of <= 255);
	if (!strncmp(line.bytes + at, "suspended", 9) || !strncmp(line.bytes + at, "continues", 9))
		MUST(ever_suspended[of]);
	if (!strncmp(line.bytes + at, "destroyed", 9))
		MUST(!is_there(id, of));
}

ssize_t fuzz_write(int fd, const void *bytes, size_t size)
{
	static bool full;

	MUST(fd == 1 && size && size <= LINE_BYTES - line.len);
	MUST(!full || !nr_watches);
	full = again;
	if (full) {
		again--;
		errno = EAGAIN;
		return -1;
	}
	if (part && size > part)
		size = part;
	memcpy(line.bytes + line.len, bytes, size);
	line.len += size;
	for (size_t i = 0; i < line.len - 1; i++)
		MUST(line.bytes[i] >= ' ' && line.bytes[i] < 0x7f);
	if (line.bytes[line.len - 1] != '\n')
		return size;
	lines++;
	line.bytes[line.len - 1] = '\0';
	line.len = 0;
	check_report();
	return size;
}
