// SPDX-License-Identifier: GPL-2.0
/*
 * states DIR: in the guest, keep processes in states that a suspend must not change:
 *
 *	name		process						until DIR/release exists
 *	running		counts						counts
 *	stopped		counts						is stopped by SIGSTOP
 *	traced		counts						is stopped by its tracer
 *	stepped		counts						is stepped by its tracer
 *	vfork		counts						waits for its child by vfork()
 *	uring		counts completions of io_uring, whose requests	counts
 *			a kernel thread takes (SQPOLL)
 *
 * DIR/pids has their names and process ids. Each process counts in the first 8 bytes of its file
 * DIR/NAME. states.sh stops and continues "stopped", and may put processes into cgroups.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile uint64_t *counter;
static FILE *pids;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	_exit(1);
}

static int released(void)
{
	return !access("release", F_OK);
}

static void __attribute__((noreturn)) count(void)
{
	for (;;) {
		++*counter;
		usleep(1000);
	}
}

/* Map the counter from its file, so that readers of the file see the current number. */
static void open_counter(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, 4096))
		fail(name);
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counter == MAP_FAILED)
		fail(name);
	close(fd);
}

static void as_vfork(void)
{
	/* The parent is not scheduled until the child exits. So it is in the state "vfork". */
	if (!vfork()) {
		while (!released())
			usleep(10000);
		_exit(0);
	}
	count();
}

static void as_uring(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1000 };
	int fd = syscall(SYS_io_uring_setup, 8, &p);
	struct io_uring_sqe *sqes;
	char *sq, *cq;

	if (fd < 0)
		fail("io_uring_setup");
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(uint32_t), PROT_READ | PROT_WRITE,
		  MAP_SHARED, fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqes = mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqes == MAP_FAILED)
		fail("io_uring");
	for (;;) {
		uint32_t *tail = (void *)(sq + p.sq_off.tail), *done = (void *)(cq + p.cq_off.tail);
		uint32_t *flags = (void *)(sq + p.sq_off.flags);
		uint32_t slot = *tail & (p.sq_entries - 1);

		sqes[slot] = (struct io_uring_sqe){ .opcode = IORING_OP_NOP };
		((uint32_t *)(sq + p.sq_off.array))[slot] = slot;
		__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(done, __ATOMIC_ACQUIRE) != *tail) {
			/* Wake the kernel thread, which sleeps after a second without requests. */
			if (__atomic_load_n(flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
				syscall(SYS_io_uring_enter, fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
			usleep(100);
		}
		*(uint32_t *)(cq + p.cq_off.head) = *done;
		++*counter;
		usleep(1000);
	}
}

static pid_t start(const char *name, void (*does)(void))
{
	pid_t pid;

	open_counter(name);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid)
		does();
	fprintf(pids, "%s %d\n", name, (int)pid);
	return pid;
}

static void count_forever(void)
{
	count();
}

/* Start a tracee with a tracer of its own, because a tracer that waits serves only one tracee. */
static void trace(const char *name, int steps)
{
	pid_t tracee;
	int status;

	if (fork())
		return;
	tracee = start(name, count_forever);
	fflush(pids);
	if (ptrace(PTRACE_SEIZE, tracee, NULL, NULL) || ptrace(PTRACE_INTERRUPT, tracee, NULL, NULL) ||
	    waitpid(tracee, &status, 0) < 0)
		fail("ptrace");
	while (!released())
		if (!steps)
			usleep(10000);
		else if (ptrace(PTRACE_SINGLESTEP, tracee, NULL, NULL) ||
			 waitpid(tracee, &status, 0) < 0 || !WIFSTOPPED(status))
			fail("singlestep");
	if (ptrace(PTRACE_DETACH, tracee, NULL, NULL))
		fail("detach");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1])) {
		fputs("usage: states DIR\n", stderr);
		return 2;
	}
	pids = fopen("pids", "a");
	if (!pids)
		fail("pids");
	start("running", count_forever);
	start("stopped", count_forever);
	start("vfork", as_vfork);
	start("uring", as_uring);
	fflush(pids);
	trace("traced", 0);
	trace("stepped", 1);
	for (;;)
		pause();
}
