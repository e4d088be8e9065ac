// SPDX-License-Identifier: GPL-2.0
/*
 * storm: in the guest, make and free page tables all the time. Children map, protect
 * and unmap memory, fork, exec and exit, and some are killed half-way. Whatever they do
 * at a save, the guest must pin each page table that still exists.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define PAGE		4096UL
#define SLOTS		3
#define MAX_PAGES	64
#define MAX_AREAS	24
#define AWAY_NS		(5 * NSEC_PER_SEC)
#define LEAF_EXIT	7	/* shows that the leaf really ran */

/*
 * Counters of steps, one for each slot, in memory that children share with the parent.
 * A child hangs if its counter does not increase for stuck_ns. The run time of a child
 * shows nothing: after a migration from a slow machine, it may be minutes.
 */
static _Atomic uint64_t *steps;
static _Atomic uint64_t *my_steps;
static int64_t stuck_ns = 60 * NSEC_PER_SEC;

struct area {
	uint64_t *p;
	unsigned long pages;
	uint64_t tag;
};

static struct area map_area(void)
{
	struct area a = {
		.pages = 1 + rnd() % MAX_PAGES,
		.tag = rnd(),
	};
	/* Map areas far from each other, so that each needs page tables of its own. */
	void *hint = (void *)(0x100000000000 + (rnd() % 0x800000 << 21));

	a.p = mmap(hint, a.pages * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a.p == MAP_FAILED)
		report_fail("mmap of %lu pages: %m", a.pages);
	return a;
}

static void touch(const struct area *a)
{
	for (unsigned long i = 0; i < a->pages; i++)
		a->p[i * PAGE / sizeof(*a->p)] = a->tag + i;
	++*my_steps;
}

static void check(const struct area *a)
{
	for (unsigned long i = 0; i < a->pages; i++) {
		const uint64_t *p = &a->p[i * PAGE / sizeof(*a->p)];

		if (*p != a->tag + i)
			report_fail("at %p: got %016lx, expected %016lx",
				    (const void *)p, *p, a->tag + i);
	}
	++*my_steps;
}

static void protect(const struct area *a, int prot)
{
	if (mprotect(a->p, a->pages * PAGE, prot))
		report_fail("mprotect(%p, %lu pages, %d): %m", (void *)a->p,
			    a->pages, prot);
}

static void unmap(const struct area *a)
{
	if (munmap(a->p, a->pages * PAGE))
		report_fail("munmap(%p, %lu pages): %m", (void *)a->p,
			    a->pages);
}

/* Wait for a child. Freezing may end waitpid() by EINTR, so try again then. */
static int reap(pid_t pid)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got != pid)
		report_fail("waitpid(%d): %m", pid);
	return status;
}

/*
 * Map areas, and leave a third of them writable, a third read-only, and a third
 * inaccessible while the child sleeps. The page table entries of inaccessible pages are
 * not present, but hold frames. A restore must translate these, too.
 */
static void work_map(void)
{
	struct area a[MAX_AREAS];
	int n = 1 + rnd() % MAX_AREAS;

	for (int i = 0; i < n; i++) {
		a[i] = map_area();
		touch(&a[i]);
		if (i % 3)
			protect(&a[i], i % 3 == 1 ? PROT_READ : PROT_NONE);
	}
	sleep_ms(rnd() % 10);
	for (int i = 0; i < n; i++) {
		protect(&a[i], PROT_READ);
		check(&a[i]);
		unmap(&a[i]);
	}
}

/* Fork. Parent and child write to the same addresses, and each must keep its own content. */
static void work_fork(void)
{
	struct area a = map_area();
	pid_t pid;
	int status;

	touch(&a);
	pid = fork_bound();
	if (pid < 0)
		report_fail("fork: %m");
	check(&a);
	a.tag = rnd();
	touch(&a);
	sleep_ms(rnd() % 10);
	check(&a);
	if (!pid)
		_exit(0);
	status = reap(pid);
	if (status)
		report_fail("forked child: wait status %#x", status);
	check(&a);
}

static void work_exec(void)
{
	char *argv[] = { "storm-leaf", NULL };
	struct area a = map_area();

	touch(&a);
	execv("/proc/self/exe", argv);
	report_fail("execv: %m");
}

/* Map and unmap areas for ever. The parent kills this child at any point of this work. */
static void work_victim(void)
{
	struct area a[MAX_AREAS];

	for (;;) {
		for (int i = 0; i < MAX_AREAS; i++) {
			a[i] = map_area();
			touch(&a[i]);
			sleep_ms(1);
		}
		for (int i = 0; i < MAX_AREAS; i++) {
			check(&a[i]);
			unmap(&a[i]);
		}
	}
}

static const struct kind {
	const char *name;
	void (*work)(void);
	bool kill;
	int status;	/* the only wait status that is right */
} kinds[] = {
	{ "map",	work_map,	false,	0 },
	{ "fork",	work_fork,	false,	0 },
	{ "exec",	work_exec,	false,	LEAF_EXIT << 8 },
	{ "victim",	work_victim,	true,	SIGKILL },
};

static struct slot {
	const struct kind *kind;
	pid_t pid;
	int64_t started;
	uint64_t steps;		/* the counter of steps when it was last read */
	int64_t moved;		/* when the counter last changed, or the child was killed */
	int64_t kill_at;	/* 0: do not kill the child, or not any more */
	int64_t start_at;	/* if pid is 0: when the next child starts */
} slots[SLOTS];

/*
 * Return the time, without each gap of more than AWAY_NS between two calls: the whole guest
 * stood still then, and no child hangs.
 */
static int64_t here_ns(void)
{
	static int64_t last, away;
	int64_t now = now_ns(CLOCK_MONOTONIC);

	if (last && now - last > AWAY_NS)
		away += now - last;
	last = now;
	return now - away;
}

static void start(struct slot *s)
{
	s->kind = &kinds[rnd() % ARRAY_SIZE(kinds)];
	s->started = here_ns();
	s->moved = s->started;
	s->kill_at = 0;
	if (s->kind->kill)
		s->kill_at = s->started + (5 + rnd() % 60) * NSEC_PER_MSEC;
	s->pid = fork_bound();
	if (s->pid < 0)
		report_fail("fork: %m");
	if (s->pid)
		return;
	my_steps = &steps[s - slots];
	s->kind->work();
	_exit(0);
}

/* Report a child that hangs, with its state and times in /proc/PID/stat: did it have a CPU? */
static _Noreturn void fail_stuck(const struct slot *s)
{
	char path[32], text[256];
	const char *state = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", s->pid);
	if (!read_text(path, text, sizeof(text)))
		state = strrchr(text, ')');
	report_fail("%s child %d, after %lu steps of its slot, hangs: %.64s",
		    s->kind->name, s->pid, s->steps,
		    state ? state + 2 : "no state");
}

static void tell_longest(int64_t child, int64_t step)
{
	static int64_t longest_child, longest_step;

	if (child <= longest_child && step <= longest_step)
		return;
	if (child > longest_child)
		longest_child = child;
	if (step > longest_step)
		longest_step = step;
	report_detail("longest child %ld ms, step %ld ms",
		      longest_child / NSEC_PER_MSEC, longest_step / NSEC_PER_MSEC);
}

/* Start, kill, or reap the child of a slot, and check its exit status, or whether it hangs. */
static void attend(struct slot *s)
{
	int64_t now = here_ns();
	int status;
	pid_t got;

	if (!s->pid) {
		if (now >= s->start_at)
			start(s);
		return;
	}
	if (s->kill_at && now >= s->kill_at) {
		kill(s->pid, SIGKILL);
		s->kill_at = 0;
		s->moved = now;
	}
	if (s->steps != steps[s - slots]) {
		tell_longest(0, now - s->moved);
		s->steps = steps[s - slots];
		s->moved = now;
	}
	/* Do not wait for the child here: if it hangs, the other children must still be checked. */
	got = waitpid(s->pid, &status, WNOHANG);
	if (got < 0 && errno != EINTR)
		report_fail("waitpid(%d): %m", s->pid);
	if (got == s->pid) {
		if (status != s->kind->status)
			report_fail("%s child: wait status %#x, expected %#x",
				    s->kind->name, status, s->kind->status);
		report_add(1);
		tell_longest(now - s->started, now - s->moved);
		s->pid = 0;
		/* Pause as long as the child lived, to leave CPU time to others (see rest()). */
		s->start_at = now + (now - s->started);
	} else if (now - s->moved > stuck_ns) {
		fail_stuck(s);
	}
}

int storm_leaf_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return LEAF_EXIT;
}

int storm_main(int argc, char **argv)
{
	report_attach();
	if (argc > 2)
		die("usage: storm [SECONDS without a step that count as a hang]");
	if (argc == 2)
		stuck_ns = parse_number(argv[1], "SECONDS", 1, 3600) *
			   NSEC_PER_SEC;
	steps = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (steps == MAP_FAILED)
		die("mmap: %m");
	for (;;) {
		for (int i = 0; i < SLOTS; i++)
			attend(&slots[i]);
		sleep_ms(10);
	}
}
