/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Breaks the world of a running program, to see whether it notices: a debugger
 * that changes what chosen system calls do.
 */
#ifndef GUEST_TAMPER_H
#define GUEST_TAMPER_H

#include <sys/types.h>
#include <sys/user.h>

struct tamper {
	long nr;		/* the system call */
	/* Either may be NULL. regs are written back if it returns true. */
	int (*enter)(pid_t tid, struct user_regs_struct *regs);
	int (*leave)(pid_t tid, struct user_regs_struct *regs);
};

/* Until the process ends or ms are over; it is killed in the end. */
void tamper(pid_t pid, const struct tamper *t, int ms);
/* Stops the newest thread of pid, alone. Returns 0. */
int freeze_one_thread(pid_t pid);

#endif
