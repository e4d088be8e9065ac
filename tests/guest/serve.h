/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVE_H
#define SERVE_H

#include <sys/types.h>

#include "report.h"

struct program {
	char name[16];
	pid_t pid;		/* 0: not running */
	struct report *report;	/* shared with the program and the server */
	int fd;			/* descriptor of the report page */
};

/*
 * Start the server for requests on a port. This process forks another one for each
 * connection, so that a request that hangs does not delay others. Return: the pid of
 * the server, or -1 with errno.
 */
pid_t serve_start(int port, const struct program *programs, int nr);

#endif
