// SPDX-License-Identifier: GPL-2.0
/*
 * timers STALL_SECONDS: in the guest, on each vCPU, run threads that wait for timers,
 * and for wake-ups from another vCPU. If a restore does not arm a timer again, or loses
 * an IPI, a thread stands still. If a clock has a wrong base, a timer fires early.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "programs.h"
#include "report.h"
#include "util.h"

#define MAX_WORKERS	(MAX_CPUS * 5)
#define TICK_MS		200
/* With more vCPUs, timers are set less often, to leave CPU time of the host to other tasks. */
#define BUSY_CPUS	8

enum kind_index { NANOSLEEP, TIMERFD, POSIX, FUTEX, NR_KINDS };

struct worker {
	enum kind_index kind;
	int cpu;
	_Atomic uint64_t count;
	/* only for futex: the word that two workers share, and the side of this worker */
	_Atomic uint32_t *word;
	uint32_t side;
	/* only the main thread, in watch(), uses these */
	uint64_t seen;
	int64_t stalled;
};

static struct worker workers[MAX_WORKERS];
static int nr_workers;
static int slower = 1;	/* factor by which timers are longer than with few vCPUs */

/*
 * Return a time 10 to 100 ms ahead, or more with many vCPUs: far enough that the clock event
 * device must be programmed, and near enough that a timer is always armed at a save.
 */
static struct timespec soon(void)
{
	int64_t t = now_ns(CLOCK_MONOTONIC) + (10 + rnd() % 90) * slower * NSEC_PER_MSEC;

	return (struct timespec){ t / NSEC_PER_SEC, t % NSEC_PER_SEC };
}

static void fired(struct worker *w, const char *what, struct timespec due)
{
	int64_t early = due.tv_sec * NSEC_PER_SEC + due.tv_nsec -
			now_ns(CLOCK_MONOTONIC);

	if (early > 0)
		report_fail("%s on cpu %d fired %ld ns early", what, w->cpu,
			    early);
	w->count++;
}

static void *run_nanosleep(void *arg)
{
	for (;;) {
		struct timespec due = soon();

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due,
				       NULL) == EINTR)
			;
		fired(arg, "nanosleep", due);
	}
	return NULL;
}

static void *run_timerfd(void *arg)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t n;

	if (fd < 0)
		report_fail("timerfd_create: %m");
	for (;;) {
		struct itimerspec its = { .it_value = soon() };

		if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL))
			report_fail("timerfd_settime: %m");
		while (read(fd, &n, sizeof(n)) != sizeof(n))
			if (errno != EINTR)
				report_fail("timerfd read: %m");
		fired(arg, "timerfd", its.it_value);
	}
	return NULL;
}

/* Wait by POSIX timers. SIGALRM is blocked in all threads; each timer signals its own thread. */
static void *run_posix(void *arg)
{
	struct sigevent sev = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGALRM,
		._sigev_un._tid = gettid(),
	};
	sigset_t set;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (timer_create(CLOCK_MONOTONIC, &sev, &timer))
		report_fail("timer_create: %m");
	for (;;) {
		struct itimerspec its = { .it_value = soon() };

		if (timer_settime(timer, TIMER_ABSTIME, &its, NULL))
			report_fail("timer_settime: %m");
		while (sigwaitinfo(&set, NULL) < 0)
			if (errno != EINTR)
				report_fail("sigwaitinfo: %m");
		fired(arg, "posix timer", its.it_value);
	}
	return NULL;
}

static void futex(_Atomic uint32_t *word, int op, uint32_t val)
{
	/* Set no timeout: with one, a lost wake-up would only be a late one. */
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

static void *run_futex(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		while (*w->word != w->side)
			futex(w->word, FUTEX_WAIT, !w->side);
		w->count++;
		sleep_ms(15 * slower);
		*w->word = !w->side;
		futex(w->word, FUTEX_WAKE, 1);
	}
	return NULL;
}

static const struct {
	const char *name;
	void *(*run)(void *arg);
} kinds[NR_KINDS] = {
	[NANOSLEEP]	= { "nanosleep", run_nanosleep },
	[TIMERFD]	= { "timerfd", run_timerfd },
	[POSIX]		= { "posix", run_posix },
	[FUTEX]		= { "futex", run_futex },
};

static void start(struct worker w)
{
	struct worker *slot = &workers[nr_workers++];

	*slot = w;
	if (start_pinned(w.cpu, kinds[w.kind].run, slot))
		report_fail("cannot start %s on cpu %d", kinds[w.kind].name,
			    w.cpu);
}

static void start_all(void)
{
	static _Atomic uint32_t words[MAX_CPUS];
	int cpus[MAX_CPUS];
	int n = cpu_list(cpus);

	slower = (n + BUSY_CPUS - 1) / BUSY_CPUS;
	for (int i = 0; i < n; i++) {
		for (enum kind_index k = NANOSLEEP; k < FUTEX; k++)
			start((struct worker){ .kind = k, .cpu = cpus[i] });
		/* Each CPU wakes the next one, so that wake-ups need IPIs. */
		for (uint32_t side = 0; side < 2; side++)
			start((struct worker){
				.kind = FUTEX,
				.cpu = cpus[(i + side) % n],
				.word = &words[i],
				.side = side,
			});
	}
}

/*
 * Fail if a worker has not counted for LIMIT. Each timer is set at most 100 ms ahead for each eight
 * vCPUs, so a worker that does not count is late. A tick counts as one second at most, however far
 * the clock jumped: after a restore, the workers need as much time to run as this thread.
 */
static void watch(struct worker *w, int64_t tick, int64_t limit)
{
	uint64_t count = w->count;

	if (count != w->seen) {
		w->seen = count;
		w->stalled = 0;
		return;
	}
	w->stalled += tick < NSEC_PER_SEC ? tick : NSEC_PER_SEC;
	if (w->stalled > limit)
		report_fail("%s on cpu %d stands still for %ld s at %lu",
			    kinds[w->kind].name, w->cpu,
			    w->stalled / NSEC_PER_SEC, count);
}

/* Report the lowest count of each kind of worker. A sum would hide a worker that has stopped. */
static void tell(void)
{
	static uint64_t told;
	uint64_t min[NR_KINDS], sum = 0;

	memset(min, 0xff, sizeof(min));
	for (int i = 0; i < nr_workers; i++) {
		struct worker *w = &workers[i];

		sum += w->seen;
		if (w->seen < min[w->kind])
			min[w->kind] = w->seen;
	}
	report_add(sum - told);
	told = sum;
	report_detail("nanosleep %lu timerfd %lu posix %lu futex %lu, least of any vcpu",
		      min[NANOSLEEP], min[TIMERFD], min[POSIX], min[FUTEX]);
}

int timers_main(int argc, char **argv)
{
	int64_t limit, now, last = now_ns(CLOCK_MONOTONIC);
	sigset_t set;

	report_attach();
	if (argc != 2)
		die("usage: timers STALL_SECONDS");
	limit = parse_number(argv[1], "STALL_SECONDS", 1, 3600) * NSEC_PER_SEC;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start_all();
	for (;;) {
		sleep_ms(TICK_MS);
		now = now_ns(CLOCK_MONOTONIC);
		for (int i = 0; i < nr_workers; i++)
			watch(&workers[i], now - last, limit);
		last = now;
		tell();
	}
}
