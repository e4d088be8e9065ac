// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tamper.h"
#include "util.h"

/* Call ptrace() directly, because <sys/ptrace.h> cannot be included with <linux/ptrace.h>. */
static long trace(int request, pid_t tid, long addr, void *data)
{
	return syscall(SYS_ptrace, request, tid, addr, data);
}

static void system_call(pid_t tid, const struct tamper *t)
{
	struct user_regs_struct regs;
	struct ptrace_syscall_info info = { 0 };
	int changed = 0;

	trace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info);
	if (trace(PTRACE_GETREGS, tid, 0, &regs))
		return;
	/* At its exit, a system call that enter() has skipped has the number -1. */
	if ((long)regs.orig_rax != t->nr && (long)regs.orig_rax != -1)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && t->enter)
		changed = t->enter(tid, &regs);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->leave)
		changed = t->leave(tid, &regs);
	if (changed)
		trace(PTRACE_SETREGS, tid, 0, &regs);
}

static void stopped(pid_t tid, int status, const struct tamper *t)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80))
		system_call(tid, t);
	/* Stops and events of ptrace are no signals of the program. Do not deliver them. */
	if (sig == (SIGTRAP | 0x80) || status >> 16)
		sig = 0;
	trace(PTRACE_SYSCALL, tid, 0, (void *)(long)sig);
}

static pid_t each_thread(pid_t pid, void (*fn)(pid_t tid))
{
	char path[64];
	struct dirent *d;
	pid_t last = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.') {
			last = atoi(d->d_name);
			if (fn)
				fn(last);
		}
	if (dir)
		closedir(dir);
	return last;
}

static void seize(pid_t tid)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEFORK;

	if (trace(PTRACE_SEIZE, tid, 0, (void *)options))
		die("cannot trace %d: %m (is ptrace allowed here?)", tid);
	trace(PTRACE_INTERRUPT, tid, 0, NULL);
}

void tamper(pid_t pid, const struct tamper *t, int ms)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + ms * NSEC_PER_MSEC;
	int status;
	pid_t tid;

	each_thread(pid, seize);
	while (now_ns(CLOCK_MONOTONIC) < end) {
		tid = waitpid(-1, &status, __WALL | WNOHANG);
		if (!tid)
			usleep(200);
		else if (tid < 0)
			return;
		else if (WIFSTOPPED(status))
			stopped(tid, status, t);
		else if (tid == pid)
			return;
	}
	kill(pid, SIGKILL);
}

int freeze_one_thread(pid_t pid)
{
	pid_t tid = each_thread(pid, NULL);

	if (trace(PTRACE_SEIZE, tid, 0, NULL))
		die("cannot trace %d: %m (is ptrace allowed here?)", tid);
	return trace(PTRACE_INTERRUPT, tid, 0, NULL);
}
