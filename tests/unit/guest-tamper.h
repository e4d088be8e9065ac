/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A debugger that changes the effect of some system calls of a program, to test
 * whether the program notices wrong results.
 */
#ifndef GUEST_TAMPER_H
#define GUEST_TAMPER_H

#include <sys/types.h>
#include <sys/user.h>

struct tamper {
	long nr;		/* the system call */
	/* Called at entry and exit of the call, or NULL. If true, regs are written back. */
	int (*enter)(pid_t tid, struct user_regs_struct *regs);
	int (*leave)(pid_t tid, struct user_regs_struct *regs);
};

/* Tamper with a process until it ends. After ms, kill it. */
void tamper(pid_t pid, const struct tamper *t, int ms);
/* Stop only the newest thread of pid. Return: 0. */
int freeze_one_thread(pid_t pid);

#endif
