// SPDX-License-Identifier: GPL-2.0
/*
 * clock: in the guest, check that clocks never step back: on one CPU and across
 * CPUs, by the vDSO and by the system call.
 */
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define BURST		4
#define PAUSE_MS	20

/* Read a clock by the system call. Its code and data differ from those of the vDSO. */
static int64_t kernel_ns(clockid_t id)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, id, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int64_t time_of_day(clockid_t id)
{
	struct timeval tv;

	(void)id;
	gettimeofday(&tv, NULL);
	return tv.tv_sec * NSEC_PER_SEC + tv.tv_usec * 1000;
}

/*
 * The kernel sets REALTIME after a restore, which may step this clock back a little. A
 * slack of 1 ms allows such a step, but does not hide a clock that did not count the
 * time between save and restore.
 */
static struct watched {
	const char *name;
	clockid_t id;
	int64_t (*vdso)(clockid_t id);
	int64_t slack;			/* ns by which the clock may step back */
	_Atomic int64_t latest;		/* latest time that any CPU has read */
} clocks[] = {
	{ "MONOTONIC", CLOCK_MONOTONIC, now_ns, 0, 0 },
	{ "BOOTTIME", CLOCK_BOOTTIME, now_ns, 0, 0 },
	{ "gettimeofday", CLOCK_REALTIME, time_of_day, NSEC_PER_MSEC, 0 },
};

static void in_order(const struct watched *w, const char *what, int cpu,
		     int64_t before, int64_t after)
{
	if (after < before - w->slack)
		report_fail("%s stepped back %ld ns on cpu %d: %s, %ld then %ld",
			    w->name, before - after, cpu, what, before, after);
}

static void check(struct watched *w, int cpu)
{
	/*
	 * Load latest before the clock is read. Then the CPU that stored latest has
	 * read the clock earlier, and latest must not be later than first.
	 */
	int64_t latest = w->latest;
	int64_t first = w->vdso(w->id);
	int64_t kernel = kernel_ns(w->id);
	int64_t last = w->vdso(w->id);

	in_order(w, "across cpus", cpu, latest, first);
	in_order(w, "vdso to syscall", cpu, first, kernel);
	in_order(w, "syscall to vdso", cpu, kernel, last);
	while (latest < last &&
	       !atomic_compare_exchange_weak(&w->latest, &latest, last))
		;
}

static void *watch(void *arg)
{
	int cpu = (int)(long)arg;

	for (;;) {
		int64_t begin = now_ns(CLOCK_MONOTONIC);

		for (int i = 0; i < BURST; i++)
			for (size_t k = 0; k < ARRAY_SIZE(clocks); k++)
				check(&clocks[k], cpu);
		report_add(BURST);
		rest(begin, PAUSE_MS);
	}
	return NULL;
}

int clock_main(int argc, char **argv)
{
	int64_t mono, last = now_ns(CLOCK_MONOTONIC), gap = 0;
	int cpus[MAX_CPUS];
	int n = cpu_list(cpus);

	report_attach();
	(void)argv;
	if (argc != 1)
		die("usage: clock (no arguments)");
	for (int i = 0; i < n; i++)
		if (start_pinned(cpus[i], watch, (void *)(long)cpus[i]))
			report_fail("cannot start a thread on cpu %d", cpus[i]);
	/* Report the largest gap between two readings: so long did a suspend stop programs. */
	for (;;) {
		mono = now_ns(CLOCK_MONOTONIC);
		if (mono - last > gap)
			gap = mono - last;
		last = mono;
		report_detail("realtime %ld monotonic %ld gap %ld cpus %d",
			      now_ns(CLOCK_REALTIME), mono, gap, n);
		sleep_ms(PAUSE_MS);
	}
}
