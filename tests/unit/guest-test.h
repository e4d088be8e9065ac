/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <stdbool.h>
#include <sys/types.h>

#include "report.h"
#include "serve.h"

struct test {
	const char *name;
	bool (*run)(void);
};

/* The tests. An entry without a name ends each array. */
extern const struct test local_tests[], net_tests[];

extern char dir[256];			/* directory of the programs */
extern char port[8];			/* a free TCP port */
extern struct program prog;		/* the program under test */
extern struct report_view view;		/* its last report, or the output of a command */

/* Start any program. Its output goes to out_fd, unless that is -1. */
pid_t spawn(const char *const *argv, int report_fd, int out_fd);
void stop(pid_t pid);

/* Send SIGSTOP to all present children of pid; later, SIGKILL to all that got SIGSTOP. */
void stop_children(pid_t pid);
void kill_stopped(void);
/* Start the program under test. */
void start(const char *const *argv);
#define START(...) start((const char *const []){ __VA_ARGS__, NULL })
/* Wait until the program has counted BY more (true), or has failed, or ms are over (false). */
bool moves(uint64_t by, int ms);
/* Wait until the program has failed. Return true if the reason contains WHY. */
bool fails(const char *why, int ms);
/* Run a command. Return true if it ends with this status, and its output contains HOLDS. */
bool ends(int status, const char *holds, const char *const *argv);
#define ENDS(status, holds, ...) \
	ends(status, holds, (const char *const []){ __VA_ARGS__, NULL })

#endif
