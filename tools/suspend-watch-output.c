// SPDX-License-Identifier: GPL-2.0
/* Open standard output so that a write to it does not block. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suspend-watch.h"

/*
 * If poll() reports that a terminal is writable, the terminal may have room for only a part of a
 * line. The same is true of a pipe to which other programs write. A blocking write of the line
 * would wait, and events of the watches would fill the queue. So open a terminal or a pipe again
 * with O_NONBLOCK. Do not set this flag on the inherited open file, because other programs share
 * that file. If the open fails, standard output stays as it is. A socket stays as it is, because a
 * writable socket has room for a line.
 */
void open_output(void)
{
	struct stat st;
	int fd;

	/*
	 * If descriptor 1 is closed, the connection to xenstored would get the number 1, and this
	 * program would write its lines to xenstored.
	 */
	if (fstat(STDOUT_FILENO, &st))
		die("standard output: %s", strerror(errno));
	if (!S_ISFIFO(st.st_mode) && !isatty(STDOUT_FILENO))
		return;
	fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (dup2(fd, STDOUT_FILENO) < 0)
		die("cannot open standard output again: %s", strerror(errno));
	close(fd);
}
