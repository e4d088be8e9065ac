// SPDX-License-Identifier: GPL-2.0
/* Emulate a file system with or without holes. checkpoint-xen.h describes the variables. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checkpoint-xen.h"

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	if (script_is("FAKE_FILE_HOLES", "0")) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return syscall(SYS_fallocate, fd, mode, offset, len);
}
