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

/* Ended by an empty one each. */
extern const struct test local_tests[], net_tests[];

extern char dir[256];			/* where the programs are */
extern char port[8];			/* a free one */
extern struct program prog;		/* the one under test */
extern struct report_view view;		/* what it, or a command, said last */

/* Any program, its output to out_fd unless that is -1. */
pid_t spawn(const char *const *argv, int report_fd, int out_fd);
void stop(pid_t pid);

/* SIGSTOP to all children that it has now; and SIGKILL to all that got one. */
void stop_children(pid_t pid);
void kill_stopped(void);
/* The program under test. */
void start(const char *const *argv);
#define START(...) start((const char *const []){ __VA_ARGS__, NULL })
/* Until it counted this much more or failed; true if it got on. */
bool moves(uint64_t by, int ms);
/* Until it failed; true if for this reason. */
bool fails(const char *why, int ms);
/* True if a command ends with this status and its output holds this text. */
bool ends(int status, const char *holds, const char *const *argv);
#define ENDS(status, holds, ...) \
	ends(status, holds, (const char *const []){ __VA_ARGS__, NULL })

#endif
